package dev.naru.proving.bench.load;

import java.nio.ByteBuffer;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.Errors;

/**
 * Produce requests, counted when they are acknowledged. With a schedule a request's latency counts
 * from the time at which it was to be sent, whether or not there was room for it then: a node that
 * stalls for a second pays for every request of that second.
 */
public abstract class AcknowledgedTraffic extends Traffic {
  private static final int UUID_BYTES = 16;
  private static final long HIGHEST_US = 600_000_000L;

  private final ProduceFrames frames;
  private final Histogram latenciesUs = new Histogram(HIGHEST_US, 3);
  private long answered;
  private long total;

  AcknowledgedTraffic(ProduceFrames frames) {
    this.frames = frames;
  }

  final ProduceFrames frames() {
    return frames;
  }

  /** A request that was due at a time is acknowledged now. */
  final void acknowledge(long dueNs, long nowNs) {
    answered++;
    total++;
    latenciesUs.recordValue(Math.min(HIGHEST_US, (nowNs - dueNs) / 1_000));
  }

  /**
   * What a produce response says: of one topic, and of as many partitions as were asked for.
   *
   * @return the first partition's error that has one
   */
  final Errors errorIn(ByteBuffer in, int from) {
    int at = from;
    if (in.get(at++) != 0 || in.get(at++) != 2) {
      throw new NodeError("the node's produce response has not the one topic that was asked for");
    }
    at += UUID_BYTES;
    int count = in.get(at) & 0x7f;
    if (in.get(at++) < 0) {
      count |= (in.get(at++) & 0x7f) << 7;
    }
    for (int i = 1; i < count; i++) {
      short code = in.getShort(at + Integer.BYTES);
      if (code != 0) {
        return Errors.forCode(code);
      }
      // Index, error, three offsets and times, no record errors, no message, no tags.
      at += Integer.BYTES + Short.BYTES + 3 * Long.BYTES + 3;
    }
    if (count - 1 != frames.partitionsPerRequest()) {
      throw new NodeError("the node answered for " + (count - 1) + " partitions");
    }
    return Errors.NONE;
  }

  /** Forgets the latencies and counts so far; what is on its way counts when it is answered. */
  public final void reset() {
    answered = 0;
    latenciesUs.reset();
  }

  /** Requests acknowledged since the last {@link #reset}. */
  public final long requests() {
    return answered;
  }

  public final long records() {
    return answered * frames.recordsPerRequest();
  }

  public final long valueBytes() {
    return answered * frames.valueBytesPerRequest();
  }

  /** Every record that has ever been acknowledged to this traffic. */
  public final long recordsEver() {
    return total * frames.recordsPerRequest();
  }

  /** The least that all acknowledged requests have taken up on the wire. */
  public final long wireBytesEver() {
    return frames.wireBytes(total);
  }

  /** From the scheduled time, or from the sending where there is no schedule, in microseconds. */
  public final Histogram latenciesUs() {
    return latenciesUs;
  }
}
