package dev.naru.proving.bench.load;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/**
 * The first thing that a cluster serves while it comes to be: a topic with three replicas is made,
 * and a record of its one partition goes in with acks=all and comes out.
 */
public final class ClusterFirstServed {
  private static final short CREATE_VERSION = 7;
  private static final short METADATA_VERSION = 12;
  private static final short REPLICAS = 3;
  private static final int CALL_PATIENCE_MS = 10_000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long NAP_NS = 5_000_000;

  private ClusterFirstServed() {}

  /**
   * Asks the nodes in turn, again and again.
   *
   * @param alive whether there is still hope
   * @return the topic, with one record in it
   */
  public static Topic await(List<Integer> ports, String name, BooleanSupplier alive)
      throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    Topic topic = null;
    Exception last = null;
    for (int turn = 0; System.nanoTime() < deadlineNs && alive.getAsBoolean(); turn++) {
      int port = ports.get(turn % ports.size());
      try {
        if (topic == null) {
          topic = create(port, name);
        }
        if (topic != null && attempt(port, topic)) {
          return topic;
        }
      } catch (IOException notYet) {
        last = notYet;
      }
      LockSupport.parkNanos(NAP_NS);
    }
    throw new IOException("the cluster did not serve a record in time", last);
  }

  /** The topic, or null when the cluster cannot make it yet. */
  private static Topic create(int port, String name) throws IOException {
    CreateTopicsRequestData data = new CreateTopicsRequestData().setTimeoutMs(CALL_PATIENCE_MS);
    data.topics()
        .add(new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor(REPLICAS));
    try (WireClient client = new WireClient(port, CALL_PATIENCE_MS)) {
      var request = new CreateTopicsRequest.Builder(data).build(CREATE_VERSION);
      var made = client.call(request, CreateTopicsResponse.class).data().topics().find(name);
      if (made.errorCode() == Errors.NONE.code()) {
        return new Topic(name, made.topicId(), 1);
      }
      // It was made although the answer did not say so, or did not come.
      if (made.errorCode() == Errors.TOPIC_ALREADY_EXISTS.code()) {
        MetadataRequestData wanted = new MetadataRequestData();
        wanted.topics().add(new MetadataRequestTopic().setName(name));
        var all = new MetadataRequest(wanted, METADATA_VERSION);
        var found = client.call(all, MetadataResponse.class).data().topics().find(name);
        boolean known = found != null && !found.topicId().equals(Uuid.ZERO_UUID);
        return known ? new Topic(name, found.topicId(), 1) : null;
      }
      return null;
    }
  }

  private static boolean attempt(int port, Topic topic) throws IOException {
    OptionalInt leader = Leaders.ask(port, topic, CALL_PATIENCE_MS).portOf(0);
    if (leader.isEmpty()) {
      return false;
    }
    try (WireClient client = new WireClient(leader.getAsInt(), CALL_PATIENCE_MS)) {
      return FirstServed.attempt(client, topic) == Errors.NONE;
    }
  }
}
