package dev.naru.broker.topic;

import dev.naru.broker.api.Request;
import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.GroupConfigSchema;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.config.TopicConfigs;
import dev.naru.broker.metadata.AdminController;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.PartitionLookup;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * What the handlers of this package work with.
 *
 * @param blocking runs what reads or writes the disk, off the event loops
 */
public record TopicServices(
    MetadataView view,
    AdminController controller,
    PartitionLookup partitions,
    LiveConfigs configs,
    GroupConfigSchema groups,
    Executor blocking) {

  /** Topic configs in force now. */
  TopicConfigs topicConfigs() {
    return configs.at(view.image());
  }

  /** The node's options in force now. */
  BrokerConfig brokerConfig() {
    return topicConfigs().broker();
  }

  /** The cluster's nodes as the requester reaches them. */
  List<Node> nodes(Request request) {
    String listener = request.context().listenerName.value();
    return view.image().cluster().brokers().values().stream()
        .filter(broker -> !broker.fenced())
        .map(broker -> node(broker, listener))
        .toList();
  }

  /** A node as it is reached by a listener of this name. */
  static Node node(BrokerRegistration broker, String listener) {
    return broker.node(listener).orElseGet(() -> broker.nodes().get(0));
  }

  /** Answers when the stage completes. */
  static void answer(Request request, CompletionStage<? extends ApiMessage> stage) {
    stage.whenComplete(
        (response, error) -> {
          if (error == null) {
            request.respond(response);
          } else {
            request.fail(unwrapped(error));
          }
        });
  }

  /** Answers with what is computed off the event loop. */
  void answerLater(Request request, Supplier<? extends ApiMessage> work) {
    blocking.execute(
        () -> {
          try {
            request.respond(work.get());
          } catch (RuntimeException e) {
            request.fail(e);
          }
        });
  }

  static Throwable unwrapped(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
