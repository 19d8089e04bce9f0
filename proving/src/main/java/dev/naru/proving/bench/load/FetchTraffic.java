package dev.naru.proving.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;

/**
 * Consumers that read and discard: each has a connection and reads one partition. The headers of
 * batches are looked at, for the next offset and the number of records; what is in them is checked
 * by {@link Verification} when no clock runs.
 */
public final class FetchTraffic extends Traffic {
  /** What becomes of the records. */
  public interface Receiver {
    /** Records have come; the last one has this offset. */
    void received(long baseOffset, long lastOffset, long nowNs);
  }

  private static final int UUID_BYTES = 16;
  private static final int BATCH_LENGTH_AT = 8;
  private static final int BATCH_LOG_OVERHEAD = 12;
  private static final int LAST_OFFSET_DELTA_AT = 23;
  private static final int BATCH_HEADER_BYTES = 61;
  private static final int IN_BYTES = FetchRequests.PARTITION_BYTES_MAX + (1 << 17);

  private final boolean kafka;
  private final long[] offsets;
  private final Frame[] frames;
  private final ByteBuffer[] rests;
  private final int[] places;
  private final long[] ends;
  private boolean again;
  private Receiver receiver;
  private long answered;
  private long records;
  private long bytes;
  private int at;

  private FetchTraffic(Wire wire, Frame[] frames, boolean kafka) throws IOException {
    int consumers = frames.length;
    this.kafka = kafka;
    this.frames = frames;
    this.offsets = new long[consumers];
    this.ends = new long[consumers];
    Arrays.fill(ends, NEVER);
    this.rests = new ByteBuffer[consumers];
    this.places = new int[consumers];
    for (int i = 0; i < consumers; i++) {
      rests[i] = frames[i].rest();
      places[i] = FetchRequests.place(frames[i]);
    }
    wire.connect(this, consumers, 1, IN_BYTES);
  }

  /** From offset 0 on; the consumers take the topic's partitions in turn. */
  public static FetchTraffic fromKafka(Wire wire, Topic topic, int consumers) throws IOException {
    Frame[] frames = new Frame[consumers];
    for (int i = 0; i < consumers; i++) {
      frames[i] = FetchRequests.frame(topic, i % topic.partitions());
    }
    return new FetchTraffic(wire, frames, true);
  }

  /** From the beginning of the bare server's file on; offsets are bytes there. */
  public static FetchTraffic fromBare(Wire wire, int consumers) throws IOException {
    Frame[] frames = new Frame[consumers];
    for (int i = 0; i < consumers; i++) {
      frames[i] = FetchRequests.bareFrame();
    }
    return new FetchTraffic(wire, frames, false);
  }

  /** Reads up to this offset and then begins again; for ever. */
  public FetchTraffic roundAndRound(long endOffset) {
    Arrays.fill(ends, endOffset);
    again = true;
    return this;
  }

  /** Reads up to this offset, once. */
  public FetchTraffic upTo(long endOffset) {
    Arrays.fill(ends, endOffset);
    return this;
  }

  /** Reads every partition up to its own end. */
  public FetchTraffic upToEnds(Map<Integer, Long> endOffsets) {
    for (int i = 0; i < ends.length; i++) {
      ends[i] = endOffsets.get(i % endOffsets.size());
    }
    return this;
  }

  public FetchTraffic tell(Receiver whom) {
    receiver = whom;
    return this;
  }

  /** Whether every consumer has read up to the end. */
  public boolean isAtEnd() {
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] < ends[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  boolean ask(Link link, long nowNs) {
    int consumer = link.index;
    if (offsets[consumer] >= ends[consumer]) {
      return false;
    }
    ByteBuffer rest = rests[consumer];
    rest.putLong(places[consumer], offsets[consumer]);
    link.ask(frames[consumer], rest.rewind(), nowNs);
    return true;
  }

  @Override
  void answered(Link link, ByteBuffer in, int from, int to, long askedNs, long nowNs) {
    answered++;
    int consumer = link.index;
    if (kafka) {
      readBatches(consumer, in, from, to, nowNs);
    } else {
      bytes += to - from - Integer.BYTES;
      offsets[consumer] += to - from - Integer.BYTES;
    }
    if (again && offsets[consumer] >= ends[consumer]) {
      offsets[consumer] = 0;
    }
  }

  private void readBatches(int consumer, ByteBuffer in, int from, int to, long nowNs) {
    at = from + Integer.BYTES + 1 + Integer.BYTES;
    check(in.getShort(at));
    at += Short.BYTES + Integer.BYTES;
    if (in.get(at++) != 2) {
      return; // No topic: the time to wait was over.
    }
    at += UUID_BYTES;
    if (in.get(at++) != 2) {
      throw new NodeError("the node's fetch response has not the one partition asked for");
    }
    at += Integer.BYTES;
    check(in.getShort(at));
    at += Short.BYTES + 3 * Long.BYTES;
    int aborted = unsigned(in);
    if (aborted > 1) {
      throw new NodeError("the node speaks of aborted transactions where there are none");
    }
    at += Integer.BYTES;
    int recordBytes = unsigned(in) - 1;
    if (recordBytes > to - at) {
      throw new NodeError("the node's fetch response claims more records than it has");
    }
    readBatches(consumer, in, at + Math.max(0, recordBytes), nowNs);
  }

  private void readBatches(int consumer, ByteBuffer in, int to, long nowNs) {
    while (to - at >= BATCH_HEADER_BYTES) {
      int batchBytes = BATCH_LOG_OVERHEAD + in.getInt(at + BATCH_LENGTH_AT);
      if (batchBytes > to - at) {
        return;
      }
      long base = in.getLong(at);
      long last = base + in.getInt(at + LAST_OFFSET_DELTA_AT);
      long wanted = offsets[consumer];
      if (base > wanted || last < wanted) {
        throw new NodeError("the node sent offset " + base + " where " + wanted + " was next");
      }
      offsets[consumer] = last + 1;
      records += last + 1 - wanted;
      bytes += batchBytes;
      if (receiver != null) {
        receiver.received(wanted, last, nowNs);
      }
      at += batchBytes;
    }
  }

  private int unsigned(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte b = in.get(at++);
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new NodeError("the node sent a number that does not end");
  }

  private static void check(short code) {
    if (code != 0) {
      throw new NodeError("the node answered a fetch request with " + Errors.forCode(code));
    }
  }

  /** Forgets the counts so far. */
  public void reset() {
    answered = 0;
    records = 0;
    bytes = 0;
  }

  public long requests() {
    return answered;
  }

  public long records() {
    return records;
  }

  /** Bytes of record batches as the log keeps them. */
  public long bytes() {
    return bytes;
  }
}
