package dev.naru.broker.group;

import dev.naru.broker.api.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which node coordinates a group or a transactional id. Where the coordinator's topic is
 * absent, it is created first.
 */
final class FindCoordinatorHandler extends GroupHandler<FindCoordinatorRequestData> {
  private static final Logger LOG = LoggerFactory.getLogger(FindCoordinatorHandler.class);
  private static final short FIRST_BATCHED_VERSION = 4;

  private final Function<String, ? extends CompletionStage<Integer>> transactionPartition;

  /**
   * @param transactionPartition the partition of {@code __transaction_state} for a transactional
   *     id; creates the topic when it is absent
   */
  FindCoordinatorHandler(
      GroupService groups,
      Function<String, ? extends CompletionStage<Integer>> transactionPartition) {
    super(ApiKeys.FIND_COORDINATOR, FindCoordinatorRequestData.class, groups);
    this.transactionPartition = transactionPartition;
  }

  @Override
  CompletionStage<FindCoordinatorResponseData> answer(
      Request request, FindCoordinatorRequestData data) {
    boolean batched = request.version() >= FIRST_BATCHED_VERSION;
    List<String> keys = batched ? data.coordinatorKeys() : List.of(data.key());
    List<CompletableFuture<Found>> found =
        keys.stream().map(key -> find(request, data.keyType(), key).toCompletableFuture()).toList();
    return CompletableFuture.allOf(found.toArray(CompletableFuture[]::new))
        .thenApply(
            done ->
                batched
                    ? new FindCoordinatorResponseData()
                        .setCoordinators(
                            found.stream().map(one -> one.join().toCoordinator()).toList())
                    : found.get(0).join().toResponse());
  }

  private CompletionStage<Found> find(Request request, byte keyType, String key) {
    if (keyType == CoordinatorType.GROUP.id()) {
      return groups()
          .topic()
          .ensure()
          .thenApply(topic -> OffsetsTopic.partitionFor(key, topic))
          .handle(
              (partition, failure) ->
                  find(request, key, Topic.GROUP_METADATA_TOPIC_NAME, partition, failure));
    }
    if (keyType == CoordinatorType.TRANSACTION.id()) {
      return transactionPartition
          .apply(key)
          .handle(
              (partition, failure) ->
                  find(request, key, Topic.TRANSACTION_STATE_TOPIC_NAME, partition, failure));
    }
    // Share coordinators do not exist here.
    return CompletableFuture.completedFuture(new Found(key, Errors.INVALID_REQUEST, Node.noNode()));
  }

  private Found find(
      Request request, String key, String topicName, Integer index, Throwable failure) {
    if (failure != null) {
      LOG.warn("{} cannot be created", topicName, failure);
    }
    TopicImage topic = groups().metadata().topic(topicName);
    if (topic != null && index != null) {
      PartitionRegistration partition = topic.partitions().get(index);
      BrokerRegistration broker =
          partition == null ? null : groups().metadata().image().cluster().broker(partition.leader);
      if (broker != null) {
        Node node = broker.node(request.context().listenerName.value()).orElse(null);
        if (node != null) {
          return new Found(key, Errors.NONE, node);
        }
      }
    }
    return new Found(key, Errors.COORDINATOR_NOT_AVAILABLE, Node.noNode());
  }

  private record Found(String key, Errors error, Node node) {
    Coordinator toCoordinator() {
      return new Coordinator()
          .setKey(key)
          .setErrorCode(error.code())
          .setNodeId(node.id())
          .setHost(node.host())
          .setPort(node.port());
    }

    FindCoordinatorResponseData toResponse() {
      return new FindCoordinatorResponseData()
          .setErrorCode(error.code())
          .setErrorMessage(error.message())
          .setNodeId(node.id())
          .setHost(node.host())
          .setPort(node.port());
    }
  }
}
