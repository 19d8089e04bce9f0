package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import java.util.List;

/** The handlers of this package: topics, their configs and records, and the cluster. */
public final class TopicHandlers {
  private TopicHandlers() {}

  public static List<ApiHandler> all(TopicServices services) {
    return List.of(
        new MetadataHandler(services),
        new DescribeTopicPartitionsHandler(services),
        new DescribeClusterHandler(services),
        new CreateTopicsHandler(services),
        new DeleteTopicsHandler(services),
        new CreatePartitionsHandler(services),
        new DescribeConfigsHandler(services),
        new IncrementalAlterConfigsHandler(services),
        new AlterConfigsHandler(services),
        new ListConfigResourcesHandler(services),
        new DeleteRecordsHandler(services),
        new DescribeLogDirsHandler(services),
        new AlterReplicaLogDirsHandler(services),
        new DescribeProducersHandler(services),
        new ElectLeadersHandler(services),
        new ListPartitionReassignmentsHandler(),
        new AlterPartitionReassignmentsHandler(services));
  }
}
