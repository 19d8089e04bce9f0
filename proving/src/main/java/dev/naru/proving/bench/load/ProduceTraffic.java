package dev.naru.proving.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.protocol.Errors;

/**
 * Produce requests, as fast as they are answered, or on a fixed schedule. With a schedule a
 * request's latency counts from the time at which it was to be sent, whether or not the connection
 * had room for it then: a node that stalls for a second pays for every request of that second.
 */
public final class ProduceTraffic extends Traffic {
  private static final int IN_BYTES = 64 << 10;
  private static final int UUID_BYTES = 16;
  private static final long HIGHEST_US = 600_000_000L;

  private final ProduceFrames frames;
  private final boolean kafka;
  private final ByteBuffer[][] rests;
  private final Histogram latenciesUs = new Histogram(HIGHEST_US, 3);
  private final List<Link> links;
  private long intervalNs;
  private long startNs;
  private long woken;
  private long answered;
  private long total;

  private ProduceTraffic(Wire wire, ProduceFrames frames, int connections, int depth, boolean kafka)
      throws IOException {
    this.frames = frames;
    this.kafka = kafka;
    this.rests = new ByteBuffer[connections][frames.all().size()];
    for (int i = 0; i < connections; i++) {
      for (int j = 0; j < frames.all().size(); j++) {
        rests[i][j] = frames.all().get(j).rest();
      }
    }
    wire.connect(this, connections, depth, IN_BYTES);
    this.links = wire.links(this);
    // Connections begin at different partitions.
    for (Link link : links) {
      link.next = (long) link.index * frames.all().size() / connections;
    }
  }

  /** To a node that speaks Kafka's protocol. */
  public static ProduceTraffic toKafka(Wire wire, ProduceFrames frames, int connections, int depth)
      throws IOException {
    return new ProduceTraffic(wire, frames, connections, depth, true);
  }

  /** To the bare server, which answers with nothing but the correlation id. */
  public static ProduceTraffic toBare(Wire wire, ProduceFrames frames, int connections, int depth)
      throws IOException {
    return new ProduceTraffic(wire, frames, connections, depth, false);
  }

  /**
   * From now on, so many requests a second, evenly spread, over the connections in turn.
   *
   * @return when the first one is due, by {@link System#nanoTime}
   */
  public long schedule(double requestsPerSecond) {
    intervalNs = Math.round(1e9 / requestsPerSecond);
    woken = 0;
    startNs = System.nanoTime();
    for (Link link : links) {
      link.next = link.index;
    }
    return startNs;
  }

  @Override
  boolean ask(Link link, long nowNs) {
    long number = link.next;
    long dueNs = nowNs;
    if (intervalNs > 0) {
      dueNs = startNs + number * intervalNs;
      if (dueNs > nowNs) {
        return false;
      }
      link.next += links.size();
    } else {
      link.next++;
    }
    int which = (int) (number % rests[link.index].length);
    link.ask(frames.all().get(which), rests[link.index][which].rewind(), dueNs);
    return true;
  }

  @Override
  long dueNs() {
    return intervalNs > 0 ? startNs + woken * intervalNs : NEVER;
  }

  @Override
  void due(long nowNs) {
    while (dueNs() <= nowNs) {
      Wire.wake(links.get((int) (woken % links.size())), nowNs);
      woken++;
    }
  }

  @Override
  void answered(Link link, ByteBuffer in, int from, int to, long askedNs, long nowNs) {
    if (kafka) {
      check(in, from + Integer.BYTES);
    }
    answered++;
    total++;
    latenciesUs.recordValue(Math.min(HIGHEST_US, (nowNs - askedNs) / 1_000));
  }

  /** One topic; no partition of it may have an error. */
  private void check(ByteBuffer in, int from) {
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
        throw new NodeError("the node answered a produce request with " + Errors.forCode(code));
      }
      // Index, error, three offsets and times, no record errors, no message, no tags.
      at += Integer.BYTES + Short.BYTES + 3 * Long.BYTES + 3;
    }
    if (count - 1 != frames.partitionsPerRequest()) {
      throw new NodeError("the node answered for " + (count - 1) + " partitions");
    }
  }

  /** Forgets the latencies and counts so far; what is on its way counts when it is answered. */
  public void reset() {
    answered = 0;
    latenciesUs.reset();
  }

  /** Sends nothing more. */
  public void halt() {
    stop();
  }

  /** Whether nothing is on its way. */
  public boolean isQuiet() {
    for (Link link : links) {
      if (link.inFlight() > 0) {
        return false;
      }
    }
    return true;
  }

  /** Requests answered since the last {@link #reset}. */
  public long requests() {
    return answered;
  }

  public long records() {
    return answered * frames.recordsPerRequest();
  }

  public long valueBytes() {
    return answered * frames.valueBytesPerRequest();
  }

  /** Every record that the node has ever acknowledged to this traffic. */
  public long recordsEver() {
    return total * frames.recordsPerRequest();
  }

  /** The least that all acknowledged requests have taken up on the wire. */
  public long wireBytesEver() {
    return frames.wireBytes(total);
  }

  /** From the scheduled time, or from the sending where there is no schedule, in microseconds. */
  public Histogram latenciesUs() {
    return latenciesUs;
  }
}
