package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.DuplicateBrokerRegistrationException;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.BrokerHeartbeatRequest;
import org.apache.kafka.common.requests.BrokerHeartbeatResponse;
import org.apache.kafka.common.requests.BrokerRegistrationRequest;
import org.apache.kafka.common.requests.BrokerRegistrationResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a node into its cluster, and out of it: registers with whoever is the controller, again when
 * the cluster sees it as another process (its session was lost), and before it stops gives what it
 * owns to the others. Asks again until it is answered. Any thread.
 */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final int REGISTER_MS = 10_000;
  private static final int LEAVE_MS = 3_000;
  private static final long AGAIN_MS = 100;
  private static final long NEVER = -1;

  /**
   * After a quick restart the controller may still see the process of before; not for longer than
   * it takes it to hear of this one, or to lose its role.
   */
  private static final long LAG_MS_MAX = 15_000;

  private final int nodeId;
  private final ClusterRole role;
  private final NodeLinks links;
  private final Timers timers;
  private final Function<Uuid, BrokerRegistrationRequestData> request;
  private final CompletableFuture<Void> firstTime = new CompletableFuture<>();
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile Uuid registered;

  /** By it the controller knows that a node which registers anew is the same process. */
  private volatile long brokerEpoch = -1;

  /** Since when the controller takes this process for a second one; one request at a time. */
  private volatile long refusedSinceMs = NEVER;

  /** After {@link #register} and before {@link #leave}. */
  private volatile boolean wanted;

  /**
   * @param request what this node says of itself, as this process of it
   */
  Membership(
      int nodeId,
      ClusterRole role,
      NodeLinks links,
      Timers timers,
      Function<Uuid, BrokerRegistrationRequestData> request) {
    this.nodeId = nodeId;
    this.role = role;
    this.links = links;
    this.timers = timers;
    this.request = request;
  }

  /**
   * Registers, and from now on whenever that is needed.
   *
   * @return completes when the controller knows this node; exceptionally when it refuses it for
   *     good
   */
  CompletableFuture<Void> register() {
    wanted = true;
    look();
    return firstTime;
  }

  /** The cluster sees other nodes than before, and perhaps this one as another process. */
  void look() {
    Uuid seen = role.alive().get(nodeId);
    if (wanted && seen != null && !seen.equals(registered) && asking.compareAndSet(false, true)) {
      ask(seen);
    }
  }

  private void ask(Uuid incarnation) {
    NodeAddress controller = role.controller();
    if (controller == null) {
      askLater();
      return;
    }
    links
        .send(
            controller,
            new BrokerRegistrationRequest.Builder(
                request.apply(incarnation).setPreviousBrokerEpoch(brokerEpoch)),
            REGISTER_MS)
        .whenComplete((response, error) -> answered(controller, incarnation, response, error));
  }

  private void answered(
      NodeAddress controller, Uuid incarnation, AbstractResponse response, Throwable error) {
    Errors refusal = refusal(response, error);
    if (refusal == Errors.NONE) {
      brokerEpoch = ((BrokerRegistrationResponse) response).data().brokerEpoch();
      registered = incarnation;
      asking.set(false);
      firstTime.complete(null);
      look();
      return;
    }
    if (refusal != Errors.DUPLICATE_BROKER_REGISTRATION || !incarnationIsSeen(incarnation)) {
      refusedSinceMs = NEVER;
    } else if (refusedSinceMs == NEVER) {
      refusedSinceMs = timers.elapsedMs();
    } else if (timers.elapsedMs() - refusedSinceMs > LAG_MS_MAX) {
      firstTime.completeExceptionally(
          new DuplicateBrokerRegistrationException(
              "another process is node " + nodeId + " of this cluster"));
    }
    LOG.debug("{} did not register this node: {}", controller, refusal, error);
    askLater();
  }

  private boolean incarnationIsSeen(Uuid incarnation) {
    return incarnation.equals(role.alive().get(nodeId));
  }

  private void askLater() {
    timers.schedule(
        AGAIN_MS,
        () -> {
          asking.set(false);
          look();
        });
  }

  private static Errors refusal(AbstractResponse response, Throwable error) {
    if (error != null) {
      return Errors.forException(error);
    }
    return response.errorCounts().keySet().stream()
        .filter(each -> each != Errors.NONE)
        .findFirst()
        .orElse(Errors.NONE);
  }

  /**
   * Gives what this node owns to the others.
   *
   * @param timeoutMs after so long it is not asked for again
   * @return completes with whether all of it was given away; never fails
   */
  CompletableFuture<Boolean> leave(long timeoutMs) {
    wanted = false;
    if (brokerEpoch < 0) {
      return CompletableFuture.completedFuture(true);
    }
    BrokerHeartbeatRequestData data =
        new BrokerHeartbeatRequestData()
            .setBrokerId(nodeId)
            .setBrokerEpoch(brokerEpoch)
            .setWantShutDown(true);
    CompletableFuture<Boolean> left = new CompletableFuture<>();
    askToLeave(data, timers.elapsedMs() + timeoutMs, left);
    return left;
  }

  private void askToLeave(
      BrokerHeartbeatRequestData data, long deadlineMs, CompletableFuture<Boolean> left) {
    if (timers.elapsedMs() >= deadlineMs) {
      left.complete(false);
      return;
    }
    NodeAddress controller = role.controller();
    if (controller == null) {
      timers.schedule(AGAIN_MS, () -> askToLeave(data, deadlineMs, left));
      return;
    }
    links
        .send(controller, new BrokerHeartbeatRequest.Builder(data), LEAVE_MS)
        .whenComplete(
            (response, error) -> {
              if (error == null && isFree(response)) {
                left.complete(true);
                return;
              }
              LOG.debug("{} does not say yet that this node may go", controller, error);
              timers.schedule(AGAIN_MS, () -> askToLeave(data, deadlineMs, left));
            });
  }

  private static boolean isFree(AbstractResponse response) {
    BrokerHeartbeatResponse answer = (BrokerHeartbeatResponse) response;
    return answer.data().errorCode() == Errors.NONE.code() && answer.data().shouldShutDown();
  }
}
