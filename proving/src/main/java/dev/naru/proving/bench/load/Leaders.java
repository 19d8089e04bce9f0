package dev.naru.proving.bench.load;

import dev.naru.proving.wire.WireClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/** Who leads each partition of a topic, as Metadata tells it. Immutable. */
public final class Leaders {
  /** No node leads the partition. */
  public static final int NONE = -1;

  private static final short VERSION = 12;

  private final int[] nodes;
  private final int[] epochs;
  private final Map<Integer, Integer> ports;

  private Leaders(int[] nodes, int[] epochs, Map<Integer, Integer> ports) {
    this.nodes = nodes;
    this.epochs = epochs;
    this.ports = ports;
  }

  /** Before anybody was asked. */
  static Leaders unknown(Topic topic) {
    int[] none = new int[topic.partitions()];
    Arrays.fill(none, NONE);
    return new Leaders(none, none.clone(), Map.of());
  }

  /**
   * Asks one node; what it says may be old.
   *
   * @throws IOException when it does not answer, or does not know the topic
   */
  public static Leaders ask(int port, Topic topic, int patienceMs) throws IOException {
    MetadataRequestData data = new MetadataRequestData();
    data.topics().add(new MetadataRequestTopic().setName(topic.name()));
    MetadataResponseData answer;
    try (WireClient client = new WireClient(port, patienceMs)) {
      answer = client.call(new MetadataRequest(data, VERSION), MetadataResponse.class).data();
    }
    Map<Integer, Integer> ports = new TreeMap<>();
    answer.brokers().forEach(broker -> ports.put(broker.nodeId(), broker.port()));
    var told = answer.topics().find(topic.name());
    if (told == null || told.errorCode() != 0) {
      throw new IOException(
          "the node says of its topic "
              + (told == null ? "nothing" : Errors.forCode(told.errorCode())));
    }
    Leaders leaders = unknown(topic);
    for (MetadataResponsePartition partition : told.partitions()) {
      if (partition.partitionIndex() < topic.partitions()) {
        leaders.nodes[partition.partitionIndex()] = partition.leaderId();
        leaders.epochs[partition.partitionIndex()] = partition.leaderEpoch();
      }
    }
    return new Leaders(leaders.nodes, leaders.epochs, ports);
  }

  /** What is known after another answer: of each partition what has the later epoch. */
  Leaders and(Leaders other) {
    int[] mergedNodes = nodes.clone();
    int[] mergedEpochs = epochs.clone();
    for (int i = 0; i < nodes.length; i++) {
      if (other.epochs[i] >= epochs[i]) {
        mergedNodes[i] = other.nodes[i];
        mergedEpochs[i] = other.epochs[i];
      }
    }
    Map<Integer, Integer> mergedPorts = new TreeMap<>(ports);
    mergedPorts.putAll(other.ports);
    return new Leaders(mergedNodes, mergedEpochs, mergedPorts);
  }

  /** The id of the partition's leader, or {@link #NONE}. */
  public int of(int partition) {
    return nodes[partition];
  }

  /** Whether every partition has a leader. */
  public boolean isComplete() {
    return Arrays.stream(nodes).noneMatch(node -> node == NONE);
  }

  /** Where a node listens; empty when no answer has named it. */
  OptionalInt port(int node) {
    Integer port = ports.get(node);
    return port == null ? OptionalInt.empty() : OptionalInt.of(port);
  }

  /** Where the leader of a partition listens. */
  public OptionalInt portOf(int partition) {
    return port(nodes[partition]);
  }

  /** Where the nodes that were named listen. */
  List<Integer> ports() {
    return List.copyOf(ports.values());
  }

  /** The partitions that a node leads. */
  public List<Integer> ledBy(int node) {
    List<Integer> led = new ArrayList<>();
    for (int i = 0; i < nodes.length; i++) {
      if (nodes[i] == node) {
        led.add(i);
      }
    }
    return led;
  }
}
