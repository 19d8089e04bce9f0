package dev.naru.proving.sim;

import java.util.Set;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;

/** Makes one topic, trying again until it is there. */
final class SimAdmin {
  private static final int TIMEOUT_MS = 5_000;
  private static final short VERSION = 7;

  private static final Set<Errors> CERTAINLY_NOT =
      Set.of(
          Errors.NOT_CONTROLLER,
          Errors.COORDINATOR_NOT_AVAILABLE,
          Errors.INVALID_REPLICATION_FACTOR,
          Errors.BROKER_NOT_AVAILABLE);

  private static final Set<Errors> UNKNOWN =
      Set.of(Errors.REQUEST_TIMED_OUT, Errors.NETWORK_EXCEPTION, Errors.KAFKA_STORAGE_ERROR);

  private final SimClient client;
  private final int partitions;

  /** So that segments are rolled often, with several ledgers of a log open at the same time. */
  private final int segmentBytes;

  private final Runnable made;
  private boolean mayExist;
  private boolean done;

  SimAdmin(SimClient client, int partitions, Runnable made) {
    this.client = client;
    this.partitions = partitions;
    this.segmentBytes = 400 << client.world().random.nextInt(6);
    this.made = made;
  }

  Proc proc() {
    return client.proc;
  }

  @Override
  public String toString() {
    return "the topic " + client.topic;
  }

  boolean isDone() {
    return done;
  }

  void create() {
    CreateTopicsRequestData data = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
    CreatableTopic topic =
        new CreatableTopic()
            .setName(client.topic)
            .setNumPartitions(partitions)
            .setReplicationFactor((short) -1);
    topic
        .configs()
        .add(
            new CreatableTopicConfig()
                .setName("internal.segment.bytes")
                .setValue(Integer.toString(segmentBytes)));
    data.topics().add(topic);
    int node = 1 + client.world().random.nextInt(Cluster.NODES);
    client
        .send(node, new CreateTopicsRequest.Builder(data).build(VERSION))
        .whenComplete((response, problem) -> answered(response, problem));
  }

  private void answered(AbstractResponse response, Throwable problem) {
    if (client.world().isOver()) {
      return;
    }
    if (response == null) {
      mayExist |= !(problem instanceof Net.Unsent);
      again();
      return;
    }
    CreatableTopicResult result =
        ((CreateTopicsResponse) response).data().topics().find(client.topic);
    Errors error = Errors.forCode(result.errorCode());
    if (error == Errors.NONE || (error == Errors.TOPIC_ALREADY_EXISTS && mayExist)) {
      client.world().note("topic " + client.topic + " is there: " + error);
      done = true;
      made.run();
    } else if (CERTAINLY_NOT.contains(error) || UNKNOWN.contains(error)) {
      mayExist |= UNKNOWN.contains(error);
      again();
    } else {
      client
          .world()
          .fail(
              new Oracle.Violation(
                  "whoever makes the topic "
                      + client.topic
                      + " is told "
                      + error
                      + ": "
                      + result.errorMessage()));
    }
  }

  private void again() {
    client.proc.schedule(100, this::create);
  }
}
