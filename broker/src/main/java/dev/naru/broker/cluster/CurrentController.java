package dev.naru.broker.cluster;

import dev.naru.broker.metadata.AdminController;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ProducerIdsBlock;

/**
 * The controller of the moment: this node's own while it has one, and otherwise the way to another
 * node's, or a refusal. Any thread.
 */
public final class CurrentController implements AdminController {
  private final Supplier<? extends AdminController> own;
  private final AdminController otherwise;

  private CurrentController(Supplier<? extends AdminController> own, AdminController otherwise) {
    this.own = own;
    this.otherwise = otherwise;
  }

  /**
   * For whoever asks on this node.
   *
   * @param own gives null while this node is not the controller
   */
  public static CurrentController orRemote(
      Supplier<? extends AdminController> own, AdminController remote) {
    return new CurrentController(own, remote);
  }

  /**
   * For other nodes that ask here: what is not decided here is refused with NOT_CONTROLLER, or two
   * nodes that are wrong about each other would send a request to and fro.
   *
   * @param own gives null while this node is not the controller
   */
  public static CurrentController orRefusal(Supplier<? extends AdminController> own) {
    return new CurrentController(own, null);
  }

  private <T> CompletionStage<T> ask(Function<AdminController, CompletionStage<T>> command) {
    AdminController local = own.get();
    AdminController asked = local == null ? otherwise : local;
    return asked == null
        ? CompletableFuture.failedFuture(
            new NotControllerException("This node is not the controller."))
        : command.apply(asked);
  }

  @Override
  public CompletionStage<Uuid> ensureTopic(
      String name, int partitions, Map<String, String> configs) {
    return ask(controller -> controller.ensureTopic(name, partitions, configs));
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
    return ask(controller -> controller.allocateProducerIds());
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds(int nodeId, long brokerEpoch) {
    return ask(controller -> controller.allocateProducerIds(nodeId, brokerEpoch));
  }

  @Override
  public CompletionStage<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request) {
    return ask(controller -> controller.createTopics(request));
  }

  @Override
  public CompletionStage<CreatePartitionsResponseData> createPartitions(
      CreatePartitionsRequestData request) {
    return ask(controller -> controller.createPartitions(request));
  }

  @Override
  public CompletionStage<Map<Uuid, ApiError>> deleteTopics(Set<Uuid> ids) {
    return ask(controller -> controller.deleteTopics(ids));
  }

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> incrementalAlterConfigs(
      Map<ConfigResource, Map<String, ConfigChange>> changes, boolean validateOnly) {
    return ask(controller -> controller.incrementalAlterConfigs(changes, validateOnly));
  }

  @Override
  public CompletionStage<Map<ConfigResource, ApiError>> replaceConfigs(
      Map<ConfigResource, Map<String, String>> wanted, boolean validateOnly) {
    return ask(controller -> controller.replaceConfigs(wanted, validateOnly));
  }

  @Override
  public CompletionStage<AlterPartitionReassignmentsResponseData> reassign(
      AlterPartitionReassignmentsRequestData request) {
    return ask(controller -> controller.reassign(request));
  }

  @Override
  public CompletionStage<ElectLeadersResponseData> electLeaders(ElectLeadersRequestData request) {
    return ask(controller -> controller.electLeaders(request));
  }

  @Override
  public CompletionStage<Void> unregisterBroker(int nodeId) {
    return ask(controller -> controller.unregisterBroker(nodeId));
  }
}
