package dev.naru.proving.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * Produce requests to one node, as fast as they are answered, or on a fixed schedule. The node owns
 * every partition, and any error ends the load.
 */
public final class ProduceTraffic extends AcknowledgedTraffic {
  private static final int IN_BYTES = 64 << 10;

  private final boolean kafka;
  private final ByteBuffer[][] rests;
  private final List<Link> links;
  private long intervalNs;
  private long startNs;
  private long woken;

  private ProduceTraffic(Wire wire, ProduceFrames frames, int connections, int depth, boolean kafka)
      throws IOException {
    super(frames);
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
    link.ask(frames().all().get(which), rests[link.index][which].rewind(), dueNs);
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
    Errors error = kafka ? errorIn(in, from + Integer.BYTES) : Errors.NONE;
    if (error != Errors.NONE) {
      throw new NodeError("the node answered a produce request with " + error);
    }
    acknowledge(askedNs, nowNs);
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
}
