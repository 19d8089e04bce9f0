package dev.naru.broker.metadata;

import dev.naru.log.LogStoreException;
import dev.naru.log.Waits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata log: runs commands one after the other, appends their records, and publishes the
 * state once they are durable. Recovery and live operation replay the same way.
 *
 * <p>Commands see what is ordered, so they need not wait for the disk between them; everybody else
 * sees what is durable. When an append fails the state of the disk is unknown, so nothing is
 * changed any more until a restart.
 *
 * <p>All state belongs to one thread, the executor that was given; the public methods may come from
 * any.
 */
public final class MetadataLog {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataLog.class);
  private static final int MAX_WAITING = 10_000;

  private final RecordStore store;
  private final MetadataPublisher publisher;
  private final Executor thread;
  private final LongSupplier nowMs;
  private final int epoch;
  private final MetadataHistory history;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Deque<Pending<?>> inFlight = new ArrayDeque<>();
  private MetadataImage ordered = MetadataImage.EMPTY;
  private ApiException failure;
  private Consumer<Throwable> onFailure = error -> {};

  private MetadataLog(
      RecordStore store, MetadataPublisher publisher, LongSupplier nowMs, int epoch) {
    this.store = store;
    this.publisher = publisher;
    this.thread = publisher.thread();
    this.nowMs = nowMs;
    this.epoch = epoch;
    this.history = new MetadataHistory(epoch);
  }

  /**
   * Recovers the state and publishes it; a new log begins with {@code bootstrap}. Does I/O on the
   * calling thread, before anybody else knows the log.
   *
   * @param thread runs tasks one after the other, see {@link MetadataPublisher#newThread}
   * @throws LogStoreException one sentence: damaged, or written by a newer version
   */
  public static MetadataLog open(
      RecordStore store,
      MetadataView view,
      List<ApiMessageAndVersion> bootstrap,
      Executor thread,
      LongSupplier nowMs) {
    return open(store, new MetadataPublisher(view, thread), bootstrap, nowMs, 0);
  }

  /**
   * As above, on the metadata thread of a node that has followed the metadata until now.
   *
   * @param epoch the controller epoch, larger than that of each owner before
   */
  public static MetadataLog open(
      RecordStore store,
      MetadataPublisher publisher,
      List<ApiMessageAndVersion> bootstrap,
      LongSupplier nowMs,
      int epoch) {
    MetadataLog log = new MetadataLog(store, publisher, nowMs, epoch);
    log.recover(bootstrap);
    return log;
  }

  /** See {@link MetadataPublisher#addListener}. */
  public CompletionStage<Void> addListener(MetadataListener listener) {
    return publisher.addListener(listener);
  }

  /** Tells, on the metadata thread, that nothing can be changed here any more. */
  public void onFailure(Consumer<Throwable> told) {
    onFailure = told;
  }

  /** What has become of the metadata lately, for those who follow it from other nodes. */
  public MetadataHistory history() {
    return history;
  }

  /** Takes no more commands: another node owns the log now. On the metadata thread. */
  public void resign() {
    stop(new NotControllerException("Another node is the controller now"));
  }

  /** Runs a command; the stage completes when its records are durable and have taken effect. */
  <T> CompletionStage<T> submit(Command<T> command) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      return CompletableFuture.failedFuture(
          new TimeoutException("Too many metadata changes are waiting"));
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    answer.whenComplete((response, error) -> waiting.decrementAndGet());
    thread.execute(() -> run(command, answer));
    return answer;
  }

  private void recover(List<ApiMessageAndVersion> bootstrap) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
    if (!load(delta)) {
      CompletableFuture<Void> durable = new CompletableFuture<>();
      store.rewrite(bootstrap, nowMs.getAsLong(), error -> answer(durable, null, error));
      Waits.join(durable);
      bootstrap.forEach(message -> delta.replay(message.message()));
    }
    ordered = delta.apply(provenance(ordered, 1));
    lastEffect = publisher.publishWhole(ordered);
    history.begin(ordered);
  }

  private boolean load(MetadataDelta delta) {
    try {
      return store.load(delta::replay);
    } catch (LogStoreException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new LogStoreException(
          "the metadata log cannot be read; it is damaged or was written by a newer version: "
              + e.getMessage(),
          e);
    }
  }

  private <T> void run(Command<T> command, CompletableFuture<T> answer) {
    if (failure != null) {
      answer.completeExceptionally(failure);
      return;
    }
    Pending<T> pending;
    try {
      pending = plan(command.run(ordered), answer);
    } catch (ApiException e) {
      answer.completeExceptionally(e);
      return;
    } catch (RuntimeException e) {
      LOG.error("A metadata command failed and changed nothing", e);
      answer.completeExceptionally(e);
      return;
    }
    inFlight.add(pending);
    if (pending.delta == null) {
      pending.durable = true;
      drain();
    } else {
      append(pending);
    }
  }

  private <T> Pending<T> plan(Outcome<T> outcome, CompletableFuture<T> answer) {
    if (outcome.records().isEmpty()) {
      return new Pending<>(outcome, answer, null, null);
    }
    MetadataDelta delta = new MetadataDelta.Builder().setImage(ordered).build();
    outcome.records().forEach(message -> delta.replay(message.message()));
    MetadataImage next = delta.apply(provenance(ordered, outcome.records().size()));
    return new Pending<>(outcome, answer, delta, next);
  }

  private void append(Pending<?> pending) {
    try {
      long now = nowMs.getAsLong();
      ordered = pending.image;
      store.append(pending.outcome.records(), now, error -> durable(pending, error));
      if (store.outgrown()) {
        store.rewrite(MetadataPublisher.state(ordered), now, this::rewritten);
      }
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void durable(Pending<?> pending, Throwable error) {
    thread.execute(
        () -> {
          if (error != null) {
            fail(error);
          } else {
            pending.durable = true;
            drain();
          }
        });
  }

  private void rewritten(Throwable error) {
    if (error != null) {
      thread.execute(() -> fail(error));
    }
  }

  private void drain() {
    while (!inFlight.isEmpty() && inFlight.peek().durable) {
      publish(inFlight.poll());
    }
  }

  private <T> void publish(Pending<T> pending) {
    CompletableFuture<?> effect = CompletableFuture.completedFuture(null);
    if (pending.delta != null) {
      effect = publisher.publish(pending.delta, pending.image);
      history.add(pending.outcome.records(), pending.image);
    }
    lastEffect = CompletableFuture.allOf(lastEffect.exceptionally(e -> null), effect);
    lastEffect.whenComplete(
        (done, error) -> answer(pending.answer, pending.outcome.response(), error));
  }

  /** A command without records is answered after the effects of those before it. */
  private CompletableFuture<Void> lastEffect = CompletableFuture.completedFuture(null);

  private void fail(Throwable error) {
    if (failure == null) {
      LOG.error("The metadata log is offline: topics and configs cannot change any more", error);
      stop(new KafkaStorageException("The metadata log is offline", error));
      onFailure.accept(error);
    }
  }

  private void stop(ApiException why) {
    if (failure == null) {
      failure = why;
    }
    history.end();
    while (!inFlight.isEmpty()) {
      Pending<?> pending = inFlight.poll();
      // What was appended may have become durable all the same, and the next owner goes on with it.
      pending.answer.completeExceptionally(
          pending.delta == null
              ? failure
              : new TimeoutException(
                  "Whether this change was made is unknown: " + failure.getMessage(), failure));
    }
  }

  private MetadataProvenance provenance(MetadataImage before, int records) {
    return new MetadataProvenance(
        Math.max(0, before.provenance().lastContainedOffset()) + records,
        epoch,
        nowMs.getAsLong(),
        true);
  }

  private static <T> void answer(CompletableFuture<T> future, T value, Throwable error) {
    if (error != null) {
      future.completeExceptionally(error);
    } else {
      future.complete(value);
    }
  }

  private static final class Pending<T> {
    final Outcome<T> outcome;
    final CompletableFuture<T> answer;
    final MetadataDelta delta;
    final MetadataImage image;
    boolean durable;

    Pending(
        Outcome<T> outcome, CompletableFuture<T> answer, MetadataDelta delta, MetadataImage image) {
      this.outcome = outcome;
      this.answer = answer;
      this.delta = delta;
      this.image = image;
    }
  }
}
