package dev.naru.broker.cluster;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Node links over Kafka's own network client, on one daemon thread, {@code naru-links}. A
 * connection is made when there is a request for it, and made again soon after it broke; a request
 * that could not be sent since no connection came about fails at once.
 */
public final class NetworkLinks implements NodeLinks {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkLinks.class);

  /** How late a timeout may be noticed. */
  private static final long LOOK_MS = 250;

  private static final long STOP_MS_MAX = 5000;

  private record Destination(NodeAddress address, ApiKeys api, Lane lane) {}

  private final String clientId;
  private final NodeSecret secret;
  private final int requestTimeoutMs;
  private final Time time = new SteadyTime();
  private final Map<Destination, Link> links = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<Consumer<NodeAddress>> breakListeners = new CopyOnWriteArrayList<>();
  private final Thread thread;

  /** Sent and not answered. The links' thread. */
  private final Set<Call> inFlight = new LinkedHashSet<>();

  private volatile LinkClient client;
  private volatile boolean closed;

  private NetworkLinks(int nodeId, NodeSecret secret, int requestTimeoutMs) {
    this.clientId = "naru-node-" + nodeId;
    this.secret = secret;
    this.requestTimeoutMs = requestTimeoutMs;
    this.thread = new Thread(this::run, "naru-links");
    thread.setDaemon(true);
  }

  /**
   * @param nodeId this node, as others see it in their logs
   * @param requestTimeoutMs for requests that do not say otherwise
   */
  public static NetworkLinks start(int nodeId, NodeSecret secret, int requestTimeoutMs) {
    NetworkLinks links = new NetworkLinks(nodeId, secret, requestTimeoutMs);
    links.thread.start();
    return links;
  }

  /**
   * Tells of a node to which a connection broke, or which refuses connections, with each attempt
   * that a request causes: a hint that its process is gone. Called on the links' thread; must not
   * block.
   */
  public void onBroken(Consumer<NodeAddress> listener) {
    breakListeners.add(listener);
  }

  @Override
  public CompletionStage<AbstractResponse> send(
      NodeAddress to, AbstractRequest.Builder<?> request) {
    return send(to, request, requestTimeoutMs);
  }

  @Override
  public CompletionStage<AbstractResponse> send(
      NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs) {
    return send(to, Lane.PLAIN, request, timeoutMs);
  }

  @Override
  public CompletionStage<AbstractResponse> send(
      NodeAddress to, Lane lane, AbstractRequest.Builder<?> request, int timeoutMs) {
    Call call = new Call(to, request, time.milliseconds() + timeoutMs);
    links
        .computeIfAbsent(
            new Destination(to, request.apiKey(), lane),
            destination -> new Link(to, numbers.incrementAndGet()))
        .offer(call);
    if (closed) {
      // The thread may have looked for the last time, or have sent it just before.
      call.failAsLost("this node stops");
    }
    LinkClient now = client;
    if (now != null) {
      now.wakeup();
    }
    return call.answer.copy();
  }

  private void run() {
    while (!closed) {
      try {
        turn();
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("The links to other nodes broke, and are made anew", e);
        dropClient();
        time.sleep(LOOK_MS);
      }
    }
    dropClient();
    links
        .values()
        .forEach(link -> link.drain().forEach(call -> call.failAsUnsent("this node stops")));
  }

  private void turn() {
    if (client == null) {
      client = new LinkClient(clientId, secret, time);
    }
    LinkClient now = client;
    long nowMs = time.milliseconds();
    long waitMs = inFlight.isEmpty() ? REQUEST_TIMEOUT_MS : LOOK_MS;
    for (Link link : links.values()) {
      waitMs = Math.min(waitMs, link.work(now.kafka, nowMs, call -> send(link, call, nowMs)));
    }
    if (!closed) {
      now.kafka.poll(waitMs, nowMs);
    }
    long laterMs = time.milliseconds();
    for (Link link : links.values()) {
      if (link.judge(now, laterMs)) {
        breakListeners.forEach(listener -> listener.accept(link.address()));
      }
    }
  }

  private void send(Link link, Call call, long nowMs) {
    inFlight.add(call);
    ClientRequest request =
        client.kafka.newClientRequest(
            link.id(),
            call.request,
            nowMs,
            true,
            (int) (call.deadlineMs - nowMs),
            response -> {
              inFlight.remove(call);
              call.end(response);
            });
    try {
      client.kafka.send(request, nowMs);
    } catch (RuntimeException e) {
      // Nothing left: it could not be encoded.
      inFlight.remove(call);
      call.fail(e);
    }
  }

  /** What was sent is lost; what waits is sent by the next client. */
  private void dropClient() {
    LinkClient broken = client;
    client = null;
    links.values().forEach(Link::forgetConnection);
    List<Call> lost = List.copyOf(inFlight);
    inFlight.clear();
    lost.forEach(call -> call.failAsLost("the connection was closed"));
    if (broken != null) {
      broken.close();
    }
  }

  /** Fails what is under way. Waits for the thread, for at most some seconds. */
  @Override
  public void close() {
    closed = true;
    LinkClient now = client;
    if (now != null) {
      now.wakeup();
    }
    try {
      thread.join(STOP_MS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
