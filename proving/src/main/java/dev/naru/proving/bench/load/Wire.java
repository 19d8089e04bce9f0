package dev.naru.proving.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * All connections of a load and the one thread that drives them: whoever calls {@link #run}.
 *
 * <p>Without a schedule the thread sleeps in the selector until a socket is ready. With one it
 * looks at clock and sockets every {@link #NAP_NS} or so, because a selector's own time limit is as
 * coarse as the latencies that are to be measured; so no latency below a tenth of a millisecond
 * means anything.
 */
public final class Wire implements Closeable {
  private static final long NAP_NS = 20_000;
  private static final long SLEEP_MS = 50;
  private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

  private final int port;
  private final SSLContext tls;
  private final Selector selector;
  private final List<Link> links = new ArrayList<>();
  private final List<Traffic> traffics = new ArrayList<>();
  private final Consumer<SelectionKey> onReady = this::ready;
  private IOException failure;
  private long heardNs;

  public Wire(int port) throws IOException {
    this(port, null);
  }

  /** For traffic that says itself which ports it connects to. */
  public Wire() throws IOException {
    this(0, null);
  }

  /**
   * @param tls what connections trust; null for connections without TLS
   */
  public Wire(int port, SSLContext tls) throws IOException {
    this.port = port;
    this.tls = tls;
    this.selector = Selector.open();
  }

  /**
   * Opens connections for a traffic.
   *
   * @param depth how many requests may be in flight on each
   * @param inBytes what a usual answer fits in
   */
  void connect(Traffic traffic, int connections, int depth, int inBytes) throws IOException {
    add(traffic);
    for (int i = 0; i < connections; i++) {
      open(traffic, port, i, depth, inBytes);
    }
  }

  /** Traffic that opens its connections one by one. */
  void add(Traffic traffic) {
    traffics.add(traffic);
  }

  /**
   * Opens one connection for a traffic that was added.
   *
   * @param index the number that the traffic knows it by
   */
  Link open(Traffic traffic, int to, int index, int depth, int inBytes) throws IOException {
    Link link = new Link(selector, to, tls, traffic, index, depth, inBytes);
    links.add(link);
    return link;
  }

  /** A traffic's connections in the order of their index. */
  List<Link> links(Traffic traffic) {
    return links.stream().filter(link -> link.traffic == traffic).toList();
  }

  /** Lets the traffic flow for a while. */
  public void run(Duration time) throws IOException {
    long endNs = System.nanoTime() + time.toNanos();
    begin();
    while (System.nanoTime() < endNs) {
      step(endNs);
    }
  }

  /** Lets the traffic flow until it says that it has nothing more to do. */
  public void runUntil(java.util.function.BooleanSupplier done, Duration patience)
      throws IOException {
    long endNs = System.nanoTime() + patience.toNanos();
    begin();
    while (!done.getAsBoolean()) {
      step(endNs);
      if (System.nanoTime() > endNs) {
        throw new IOException("not done after " + patience.toSeconds() + " s");
      }
    }
  }

  /** Sends nothing new and waits for the answers to what was sent. */
  public void drain() throws IOException {
    traffics.forEach(Traffic::stop);
    runUntil(() -> links.stream().allMatch(link -> link.inFlight() == 0), SILENCE_MAX);
  }

  private void begin() throws IOException {
    long nowNs = System.nanoTime();
    heardNs = nowNs;
    for (Link link : List.copyOf(links)) {
      pump(link, nowNs);
    }
    throwFailure();
  }

  private void throwFailure() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  private void step(long endNs) throws IOException {
    long nowNs = System.nanoTime();
    long dueNs = Traffic.NEVER;
    for (int i = 0; i < traffics.size(); i++) {
      Traffic traffic = traffics.get(i);
      if (!traffic.isStopped() && traffic.dueNs() <= nowNs) {
        traffic.due(nowNs);
      }
      dueNs = traffic.isStopped() ? dueNs : Math.min(dueNs, traffic.dueNs());
    }
    int ready = dueNs == Traffic.NEVER ? select(endNs - nowNs) : poll(dueNs);
    throwFailure();
    if (ready > 0) {
      heardNs = nowNs;
    } else if (nowNs - heardNs > SILENCE_MAX.toNanos() && isWaiting()) {
      throw new IOException("the node has not answered for " + SILENCE_MAX.toSeconds() + " s");
    }
  }

  private int select(long leftNs) throws IOException {
    long ms = TimeUnit.NANOSECONDS.toMillis(leftNs);
    return selector.select(onReady, Math.max(1, Math.min(SLEEP_MS, ms)));
  }

  private int poll(long dueNs) throws IOException {
    int ready = selector.selectNow(onReady);
    if (ready == 0) {
      long napNs = Math.min(NAP_NS, dueNs - System.nanoTime());
      if (napNs > 0) {
        LockSupport.parkNanos(napNs);
      }
    }
    return ready;
  }

  private boolean isWaiting() {
    return links.stream().anyMatch(link -> link.inFlight() > 0);
  }

  private void ready(SelectionKey key) {
    Link link = (Link) key.attachment();
    long nowNs = System.nanoTime();
    try {
      if (key.isValid()) {
        link.ready(nowNs);
      }
    } catch (IOException e) {
      broken(link, e, nowNs);
    } catch (NodeError e) {
      failure = new IOException(e.getMessage(), e);
    }
  }

  private void broken(Link link, IOException why, long nowNs) {
    if (!links.contains(link)) {
      return; // It was lost already.
    }
    if (!link.traffic.lost(link, why, nowNs)) {
      failure = why;
      return;
    }
    links.remove(link);
    try {
      link.close();
    } catch (IOException e) {
      why.addSuppressed(e);
      failure = why;
    }
  }

  /** Lets a connection send what it may; its traffic hears of it when that breaks it. */
  void pump(Link link, long nowNs) {
    try {
      link.pump(nowNs);
    } catch (IOException e) {
      broken(link, e, nowNs);
    }
  }

  /** Wakes one connection from within {@link Traffic#due}. */
  static void wake(Link link, long nowNs) {
    try {
      link.pump(nowNs);
    } catch (IOException e) {
      throw new NodeError("cannot send: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    for (Link link : links) {
      link.close();
    }
    selector.close();
  }
}
