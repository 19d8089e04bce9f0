package dev.naru.broker.cluster;

import dev.naru.broker.net.Seldom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to another node, for the requests of one API, and the requests that wait for it.
 * The links' thread, {@link #offer} excepted.
 */
final class Link {
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);
  private static final Seldom SELDOM = new Seldom(LOG, System::nanoTime);

  /** Who waits longer has his own requests to blame, or a node that is as good as dead. */
  private static final int WAITING_MAX = 1000;

  private final NodeAddress address;

  /** How Kafka's client names the connection: by a number that is no other link's. */
  private final Node node;

  private final LinkedBlockingQueue<Call> waiting = new LinkedBlockingQueue<>(WAITING_MAX);

  /** Between the beginning of an attempt to connect and its end. */
  private boolean connecting;

  Link(NodeAddress address, int number) {
    this.address = address;
    this.node = new Node(number, address.host(), address.port());
  }

  /** Takes a request, or fails it when too many wait. Any thread. */
  void offer(Call call) {
    if (!waiting.offer(call)) {
      call.fail(new TimeoutException("more than " + WAITING_MAX + " requests wait for " + address));
    }
  }

  /**
   * Sends what can be sent, connecting for it if need be.
   *
   * @return after how many milliseconds there may be more to do, if nothing happens before
   */
  long work(NetworkClient client, long nowMs, Consumer<Call> send) {
    long waitMs = failLate(nowMs);
    while (!waiting.isEmpty()) {
      long delayMs = client.connectionDelay(node, nowMs);
      connecting |= delayMs == 0;
      if (!client.ready(node, nowMs)) {
        return Math.min(waitMs, client.pollDelayMs(node, nowMs));
      }
      send.accept(waiting.remove());
    }
    return waitMs;
  }

  String id() {
    return node.idString();
  }

  private long failLate(long nowMs) {
    List<Call> late = new ArrayList<>();
    long waitMs = Long.MAX_VALUE;
    for (Call call : waiting) {
      if (call.deadlineMs <= nowMs) {
        late.add(call);
      } else {
        waitMs = Math.min(waitMs, call.deadlineMs - nowMs);
      }
    }
    // Apart, since whoever hears of it may send something at once.
    waiting.removeAll(late);
    late.forEach(Call::failAsLate);
    return waitMs;
  }

  /**
   * Looks at how an attempt to connect ended, after each poll. When it failed, so does everything
   * that waited for it: whoever asked knows better than a link what to do next.
   *
   * @return whether nobody listens there, or a connection broke: the process may be gone
   */
  boolean judge(LinkClient client, long nowMs) {
    if (!connecting) {
      return client.hasBroken(node);
    }
    if (client.kafka.isReady(node, nowMs)) {
      connecting = false;
      return false;
    }
    if (!client.kafka.connectionFailed(node)) {
      return false;
    }
    connecting = false;
    AuthenticationException refusal = client.kafka.authenticationException(node);
    if (refusal != null) {
      SELDOM.warn(
          address
              + " does not accept this node's secret; give every node the same secret file: "
              + refusal.getMessage());
      drain().forEach(call -> call.fail(refusal));
      return false;
    }
    boolean refused = client.wasRefused(node);
    String why = refused ? "connection refused" : "no connection could be made";
    LOG.debug("{}: {}", address, why);
    drain().forEach(call -> call.failAsUnsent(why));
    return refused;
  }

  NodeAddress address() {
    return address;
  }

  /** Gives up an attempt, since the client that made it is gone. */
  void forgetConnection() {
    connecting = false;
  }

  List<Call> drain() {
    List<Call> calls = new ArrayList<>();
    waiting.drainTo(calls);
    return calls;
  }
}
