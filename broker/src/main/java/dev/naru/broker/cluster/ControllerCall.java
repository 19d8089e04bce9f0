package dev.naru.broker.cluster;

import dev.naru.broker.cluster.RemoteController.Surroundings;
import dev.naru.broker.metadata.MetadataPosition;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/**
 * One command on its way to the controller, whoever that is by then: sent, sent again when it
 * certainly was not carried out, and answered when this node sees what it did.
 */
final class ControllerCall<R extends AbstractResponse> {
  private static final long RETRY_MS = 50;

  private static final long WATCH_MS = 500;

  /** How long this node may lag behind before its client is answered all the same. */
  private static final long LAG_MS_MAX = 5000;

  private final Surroundings around;
  private final AbstractRequest.Builder<?> request;
  private final Class<R> type;
  private final boolean repeatable;
  private final long deadlineMs;
  private final CompletableFuture<R> answer = new CompletableFuture<>();

  /**
   * @param repeatable whether doing it twice is as good as once
   * @param timeoutMs for everything together
   */
  ControllerCall(
      Surroundings around,
      AbstractRequest.Builder<?> request,
      Class<R> type,
      boolean repeatable,
      long timeoutMs) {
    this.around = around;
    this.request = request;
    this.type = type;
    this.repeatable = repeatable;
    this.deadlineMs = around.timers().elapsedMs() + timeoutMs;
  }

  CompletionStage<R> start() {
    attempt();
    return answer;
  }

  private long leftMs() {
    return deadlineMs - around.timers().elapsedMs();
  }

  private void attempt() {
    NodeAddress controller = around.controller().get();
    int leftMs = (int) leftMs();
    if (leftMs <= 0 || controller == null) {
      again();
      return;
    }
    AtomicBoolean settled = new AtomicBoolean();
    around
        .links()
        .send(controller, request, leftMs)
        .whenComplete(
            (response, failure) -> {
              if (!settled.compareAndSet(false, true)) {
                return;
              }
              if (failure == null) {
                onResponse(type.cast(response));
              } else {
                onFailure(Errors.maybeUnwrapException(failure));
              }
            });
    watch(controller, settled);
  }

  /** A node that hangs does not answer, and is not the controller any more when another is. */
  private void watch(NodeAddress asked, AtomicBoolean settled) {
    around
        .timers()
        .schedule(
            WATCH_MS,
            () -> {
              NodeAddress now = around.controller().get();
              if (now == null || now.equals(asked)) {
                if (!settled.get()) {
                  watch(asked, settled);
                }
              } else if (settled.compareAndSet(false, true)) {
                onFailure(new NetworkException("the controller is now " + now));
              }
            });
  }

  private void onResponse(R response) {
    Map<Errors, Integer> errors = response.errorCounts();
    if (errors.containsKey(Errors.NOT_CONTROLLER)
        || (repeatable && errors.containsKey(Errors.REQUEST_TIMED_OUT))) {
      again();
      return;
    }
    MetadataPosition position = PositionTag.takeFrom(response.data());
    if (position == null) {
      answer.complete(response);
      return;
    }
    AtomicBoolean answered = new AtomicBoolean();
    Runnable once =
        () -> {
          if (answered.compareAndSet(false, true)) {
            answer.complete(response);
          }
        };
    var timer = around.timers().schedule(Math.max(0, Math.min(LAG_MS_MAX, leftMs())), once);
    around
        .progress()
        .whenReached(position)
        .thenRun(
            () -> {
              timer.cancel();
              once.run();
            });
  }

  private void onFailure(Throwable failure) {
    boolean unsent = failure instanceof UnsentException;
    if (unsent || (repeatable && failure instanceof NetworkException)) {
      again();
    } else if (failure instanceof NetworkException) {
      answer.completeExceptionally(
          new TimeoutException(
              "The controller was lost before it answered; the command may have been carried out.",
              failure));
    } else {
      answer.completeExceptionally(failure);
    }
  }

  /** There may be another controller in a moment. */
  private void again() {
    if (leftMs() <= RETRY_MS) {
      answer.completeExceptionally(
          new NotControllerException("No controller of the cluster could be reached in time."));
      return;
    }
    around.timers().schedule(RETRY_MS, this::attempt);
  }
}
