package dev.naru.broker.produce;

import dev.naru.broker.Timers;
import dev.naru.log.PartitionLog;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Batches that producers were told to send again, and that must come before those that they had
 * sent behind them. A log that knows nothing of a producer takes any sequence as its first one, for
 * all that the producer wrote may have been deleted since. So when a partition opens between two
 * requests that are both under way, the second would be taken, and the first, sent again, refused
 * for ever. Apache Kafka has this gap; here the second one waits for the first.
 *
 * <p>Any thread. Bounded: beyond so many, or so long, nothing is remembered, and all is as in
 * Apache Kafka.
 */
final class RefusedSequences {
  private static final int MAX = 10_000;
  private static final int HALF_WAY_ROUND = 1 << 30;

  /**
   * A producer sends a batch again within a second or so. One that gave it up instead, and goes on
   * with the same epoch, waits so long in vain.
   */
  private static final long REMEMBERED_MS = 30_000;

  private final Timers timers;
  private final Map<Key, Refused> refused = new ConcurrentHashMap<>();

  /**
   * @param topic id or name, whichever the producer uses
   */
  private record Key(Object topic, int partition, long producerId, short epoch) {}

  private record Refused(int sequence, long atMs) {}

  RefusedSequences(Timers timers) {
    this.timers = timers;
  }

  /** This batch was refused in a way that makes its producer send it again. */
  void remember(Object topic, int partition, RecordBatch batch) {
    if (batch == null || !batch.hasProducerId() || !hasRoom()) {
      return;
    }
    Refused now = new Refused(batch.baseSequence(), timers.elapsedMs());
    refused.merge(
        key(topic, partition, batch),
        now,
        (before, latest) -> isBehind(latest.sequence, before.sequence) ? before : latest);
  }

  private boolean hasRoom() {
    if (refused.size() >= MAX) {
      long nowMs = timers.elapsedMs();
      refused.values().removeIf(each -> isOver(each, nowMs));
    }
    return refused.size() < MAX;
  }

  /**
   * Call before a batch is appended.
   *
   * @throws NotLeaderOrFollowerException when another one must come first
   */
  void check(Object topic, int partition, RecordBatch batch, PartitionLog log) {
    if (refused.isEmpty() || !batch.hasProducerId()) {
      return;
    }
    Key key = key(topic, partition, batch);
    Refused earlier = refused.get(key);
    if (earlier == null) {
      return;
    }
    boolean waits =
        isBehind(batch.baseSequence(), earlier.sequence)
            && !isOver(earlier, timers.elapsedMs())
            && !log.knowsProducer(batch.producerId(), batch.producerEpoch());
    if (waits) {
      throw new NotLeaderOrFollowerException(
          "The batch of this producer with sequence "
              + earlier.sequence
              + " was refused when this partition was not served here yet, and comes first.");
    }
    refused.remove(key, earlier);
  }

  private static Key key(Object topic, int partition, RecordBatch batch) {
    return new Key(topic, partition, batch.producerId(), batch.producerEpoch());
  }

  private static boolean isOver(Refused each, long nowMs) {
    return nowMs - each.atMs > REMEMBERED_MS;
  }

  /** Sequences wrap from the largest int to 0. */
  private static boolean isBehind(int sequence, int earlier) {
    int ahead = (sequence - earlier) & Integer.MAX_VALUE;
    return ahead != 0 && ahead < HALF_WAY_ROUND;
  }
}
