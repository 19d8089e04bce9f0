package dev.naru.proving.sim;

import dev.naru.broker.partition.Partition;
import dev.naru.log.PartitionLog;
import dev.naru.proving.checker.Checker;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import dev.naru.proving.checker.Verdict;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;

/** What must be true, looked at after every event. It sees everything at once, as nobody else. */
final class Oracle {
  private final Cluster cluster;
  final History history = new History();

  /** What anybody saw below a high watermark, or was told that it stands there. */
  private final Map<PartitionId, TreeMap<Long, String>> values = new TreeMap<>();

  /** By leader epoch, the end of what was acknowledged from a log in that epoch. */
  private final Map<TopicPartition, TreeMap<Integer, Long>> acknowledged = new HashMap<>();

  private final Map<SimNode, Map<TopicPartition, Partition>> open = new HashMap<>();
  private final Map<PartitionLog, Long> highWatermarks = new HashMap<>();
  private final Map<SimNode, MetadataImage> images = new HashMap<>();
  private final TreeMap<Long, Integer> producerIds = new TreeMap<>();

  Oracle(Cluster cluster) {
    this.cluster = cluster;
  }

  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String what) {
      super(what);
    }
  }

  void check() {
    for (SimNode node : cluster.nodes.values()) {
      checkImage(node);
      Map<TopicPartition, Partition> before = open.computeIfAbsent(node, none -> new HashMap<>());
      for (Partition partition : node.partitions.all()) {
        if (before.put(partition.topicPartition(), partition) != partition) {
          opened(node, partition);
        }
        checkWatermark(node, partition);
      }
    }
  }

  private void opened(SimNode node, Partition partition) {
    Throwable failure = partition.log().failure().orElse(null);
    if (failure != null) {
      if (failure.getClass().getSimpleName().equals("DamagedLogException")) {
        throw new Violation(node.proc + " found damage in " + partition.topicPartition());
      }
      // The storage did not answer; it is opened again.
      return;
    }
    cluster.world.note(
        node.proc
            + " owns "
            + partition.topicPartition()
            + " in epoch "
            + partition.leaderEpoch()
            + " with "
            + partition.log().logEndOffset()
            + " records");
    TreeMap<Integer, Long> acks = acknowledged.get(partition.topicPartition());
    if (acks == null || !cluster.zoo.isOwner(node.proc, partition.log().id().name())) {
      // Somebody took the log again before this node was done; it will find out when it writes.
      return;
    }
    acks.headMap(partition.leaderEpoch(), true)
        .forEach(
            (epoch, end) -> {
              if (end > partition.log().logEndOffset()) {
                throw new Violation(
                    node.proc
                        + " opened "
                        + partition.topicPartition()
                        + " in epoch "
                        + partition.leaderEpoch()
                        + " with "
                        + partition.log().logEndOffset()
                        + " records, of which "
                        + end
                        + " were acknowledged in epoch "
                        + epoch);
              }
            });
  }

  private void checkWatermark(SimNode node, Partition partition) {
    PartitionLog log = partition.log();
    long now = log.highWatermark();
    Long before = highWatermarks.put(log, now);
    if (before != null && before > now) {
      throw new Violation(node.proc + ": the high watermark of " + log.id() + " went back");
    }
    if (now > log.logEndOffset() || log.lastStableOffset() > now) {
      throw new Violation(node.proc + ": the offsets of " + log.id() + " are out of order");
    }
  }

  @SuppressWarnings("ReferenceEquality") // An image is immutable; which one it is says all.
  private void checkImage(SimNode node) {
    MetadataImage now = node.view.image();
    MetadataImage before = images.put(node, now);
    if (before == null || before == now) {
      return;
    }
    for (TopicImage topic : before.topics().topicsById().values()) {
      TopicImage later = now.topics().getTopic(topic.id());
      if (later == null) {
        throw new Violation(node.proc + " forgot the topic " + topic.name());
      }
      topic
          .partitions()
          .forEach(
              (index, partition) -> {
                if (later.partitions().get(index).leaderEpoch < partition.leaderEpoch) {
                  throw new Violation(
                      node.proc + ": the epoch of " + topic.name() + "-" + index + " went back");
                }
              });
    }
  }

  /** A node answers a produce request. */
  void answered(Proc proc, ApiMessage response) {
    SimNode node = cluster.nodes.get(proc.node);
    if (node == null || node.proc != proc || !(response instanceof ProduceResponseData data)) {
      return;
    }
    data.responses()
        .forEach(
            topic ->
                topic
                    .partitionResponses()
                    .forEach(
                        each -> {
                          if (each.errorCode() != Errors.NONE.code()) {
                            return;
                          }
                          TopicImage known = node.view.topic(topic.topicId());
                          if (known == null) {
                            return;
                          }
                          TopicPartition name = new TopicPartition(known.name(), each.index());
                          Partition partition = node.partitions.get(name);
                          int epoch =
                              partition == null
                                  ? -1
                                  : partition.log().epochForOffset(each.baseOffset());
                          if (epoch >= 0) {
                            acknowledged
                                .computeIfAbsent(name, none -> new TreeMap<>())
                                .merge(epoch, each.baseOffset() + 1, Math::max);
                          }
                        }));
  }

  /** Somebody was told that a value stands at an offset. */
  void stands(PartitionId partition, long offset, String value, String who) {
    String other =
        values.computeIfAbsent(partition, none -> new TreeMap<>()).putIfAbsent(offset, value);
    if (other != null && !other.equals(value)) {
      throw new Violation(
          partition + " offset " + offset + " is " + value + " for " + who + ", and was " + other);
    }
  }

  /** One more than the last offset that anybody was told of. */
  long end(PartitionId partition) {
    TreeMap<Long, String> known = values.get(partition);
    return known == null ? 0 : known.lastKey() + 1;
  }

  void producerIds(long first, int count) {
    Map.Entry<Long, Integer> before = producerIds.floorEntry(first + count - 1);
    if (before != null && before.getKey() + before.getValue() > first) {
      throw new Violation("producer ids from " + first + " on were given twice");
    }
    producerIds.put(first, count);
  }

  void judge() {
    Verdict verdict = Checker.check(history);
    if (!verdict.violations().isEmpty()) {
      throw new Violation(verdict.toString());
    }
  }
}
