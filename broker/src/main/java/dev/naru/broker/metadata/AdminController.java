package dev.naru.broker.metadata;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
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
 * All changes of the metadata that requests ask for, wherever the controller is. Any thread; a
 * stage completes when the change is durable and this node sees it, and fails with an {@code
 * ApiException}: {@code NotControllerException} when nobody could be asked.
 */
public interface AdminController extends Controller {
  /** One change of one config. */
  record ConfigChange(OpType type, String value) {}

  CompletionStage<CreateTopicsResponseData> createTopics(CreateTopicsRequestData request);

  CompletionStage<CreatePartitionsResponseData> createPartitions(
      CreatePartitionsRequestData request);

  /** Deletes topics; an id that is not there any more is answered with UNKNOWN_TOPIC_ID. */
  CompletionStage<Map<Uuid, ApiError>> deleteTopics(Set<Uuid> ids);

  /** Changes some configs; what fails for one resource leaves the others alone. */
  CompletionStage<Map<ConfigResource, ApiError>> incrementalAlterConfigs(
      Map<ConfigResource, Map<String, ConfigChange>> changes, boolean validateOnly);

  /** The older form: each resource has exactly these configs afterwards. */
  CompletionStage<Map<ConfigResource, ApiError>> replaceConfigs(
      Map<ConfigResource, Map<String, String>> wanted, boolean validateOnly);

  /** Names the nodes of partitions anew; the first that can own one does (KIP-455). */
  CompletionStage<AlterPartitionReassignmentsResponseData> reassign(
      AlterPartitionReassignmentsRequestData request);

  /** Gives partitions to the first node that they name (KIP-460). */
  CompletionStage<ElectLeadersResponseData> electLeaders(ElectLeadersRequestData request);

  /** Forgets a node that is gone (KIP-631); refused while it is there or owns anything. */
  CompletionStage<Void> unregisterBroker(int nodeId);

  /**
   * Reserves producer ids for a node; fails when it is not registered, or has registered anew since
   * it asked.
   */
  CompletionStage<ProducerIdsBlock> allocateProducerIds(int nodeId, long brokerEpoch);
}
