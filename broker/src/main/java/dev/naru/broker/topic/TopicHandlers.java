package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import java.util.ArrayList;
import java.util.List;

/** The handlers of this package: topics, their configs and records, and the cluster. */
public final class TopicHandlers {
  private TopicHandlers() {}

  public static List<ApiHandler> all(TopicServices services) {
    List<ApiHandler> all = new ArrayList<>(commands(services));
    all.addAll(
        List.of(
            new MetadataHandler(services),
            new DescribeTopicPartitionsHandler(services),
            new DescribeClusterHandler(services),
            new DescribeConfigsHandler(services),
            new ListConfigResourcesHandler(services),
            new DeleteRecordsHandler(services),
            new DescribeLogDirsHandler(services),
            new AlterReplicaLogDirsHandler(services),
            new DescribeProducersHandler(services),
            new ListPartitionReassignmentsHandler()));
    return all;
  }

  /** What the controller has to say to. */
  public static List<ApiHandler> commands(TopicServices services) {
    return List.of(
        new CreateTopicsHandler(services),
        new DeleteTopicsHandler(services),
        new CreatePartitionsHandler(services),
        new IncrementalAlterConfigsHandler(services),
        new AlterConfigsHandler(services),
        new ElectLeadersHandler(services),
        new AlterPartitionReassignmentsHandler(services),
        new UnregisterBrokerHandler(services));
  }
}
