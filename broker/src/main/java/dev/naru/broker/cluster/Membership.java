package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
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
 * Lets a node into its cluster, and out of it: registers with whoever is the controller, and before
 * it stops gives what it owns to the others. Asks again until it is answered. Any thread.
 */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final int REGISTER_MS = 10_000;
  private static final int LEAVE_MS = 3_000;
  private static final long AGAIN_MS = 100;

  private final ClusterRole role;
  private final NodeLinks links;
  private final Timers timers;
  private volatile long brokerEpoch = -1;

  Membership(ClusterRole role, NodeLinks links, Timers timers) {
    this.role = role;
    this.links = links;
    this.timers = timers;
  }

  /**
   * Registers.
   *
   * @return completes when the controller knows this node; exceptionally when it refuses it for
   *     good
   */
  CompletableFuture<Void> register(BrokerRegistrationRequestData request) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    tryToRegister(request, done);
    return done;
  }

  private void tryToRegister(BrokerRegistrationRequestData request, CompletableFuture<Void> done) {
    NodeAddress controller = role.controller();
    if (controller == null) {
      registerLater(request, done);
      return;
    }
    links
        .send(controller, new BrokerRegistrationRequest.Builder(request), REGISTER_MS)
        .whenComplete(
            (response, error) -> {
              Errors refusal = refusal(response, error);
              if (refusal == Errors.NONE) {
                brokerEpoch = ((BrokerRegistrationResponse) response).data().brokerEpoch();
                done.complete(null);
              } else if (refusal == Errors.DUPLICATE_BROKER_REGISTRATION) {
                done.completeExceptionally(
                    refusal.exception(
                        "another process is node " + request.brokerId() + " of this cluster"));
              } else {
                LOG.debug("{} did not register this node: {}", controller, refusal, error);
                registerLater(request, done);
              }
            });
  }

  private void registerLater(BrokerRegistrationRequestData request, CompletableFuture<Void> done) {
    timers.schedule(AGAIN_MS, () -> tryToRegister(request, done));
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
   * Gives what this node owns to the others. Blocks, until that is done or the time is over.
   *
   * @return whether all of it was given away
   */
  boolean leave(int nodeId, long timeoutMs) {
    if (brokerEpoch < 0) {
      return true;
    }
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    BrokerHeartbeatRequestData data =
        new BrokerHeartbeatRequestData()
            .setBrokerId(nodeId)
            .setBrokerEpoch(brokerEpoch)
            .setWantShutDown(true);
    while (System.nanoTime() < deadlineNs) {
      if (askToLeave(data)) {
        return true;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(AGAIN_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  private boolean askToLeave(BrokerHeartbeatRequestData data) {
    NodeAddress controller = role.controller();
    if (controller == null) {
      return false;
    }
    try {
      return isFree(
          links
              .send(controller, new BrokerHeartbeatRequest.Builder(data), LEAVE_MS)
              .toCompletableFuture()
              .join());
    } catch (CompletionException e) {
      LOG.debug("{} did not answer that this node leaves", controller, e);
      return false;
    }
  }

  private static boolean isFree(AbstractResponse response) {
    BrokerHeartbeatResponse answer = (BrokerHeartbeatResponse) response;
    return answer.data().errorCode() == Errors.NONE.code() && answer.data().shouldShutDown();
  }
}
