package dev.naru.broker.txn;

import dev.naru.broker.metadata.Controller;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.server.common.ProducerIdsBlock;

/**
 * Gives out producer ids from blocks that the controller reserved. Any thread. The next block is
 * asked for when nobody has had to wait yet, so that few ever do.
 */
final class ProducerIds {
  private static final int MAX_WAITING = 10_000;

  private final Controller controller;
  private ProducerIdsBlock current = ProducerIdsBlock.EMPTY;
  private ProducerIdsBlock next = ProducerIdsBlock.EMPTY;
  private boolean asking;
  private final ArrayDeque<CompletableFuture<Long>> waiting = new ArrayDeque<>();

  ProducerIds(Controller controller) {
    this.controller = controller;
  }

  /** An id that nobody else has or gets; fails with what a client may retry after. */
  CompletableFuture<Long> next() {
    CompletableFuture<Long> result = new CompletableFuture<>();
    boolean ask;
    Optional<Long> id;
    synchronized (this) {
      id = claim();
      if (id.isEmpty()) {
        if (waiting.size() >= MAX_WAITING) {
          return CompletableFuture.failedFuture(
              new CoordinatorLoadInProgressException("Too many requests wait for producer ids"));
        }
        waiting.add(result);
      }
      ask = !asking && next.size() == 0;
      asking |= ask;
    }
    id.ifPresent(result::complete);
    if (ask) {
      ask();
    }
    return result;
  }

  private Optional<Long> claim() {
    Optional<Long> id = current.claimNextId();
    if (id.isEmpty() && next.size() > 0) {
      current = next;
      next = ProducerIdsBlock.EMPTY;
      id = current.claimNextId();
    }
    return id;
  }

  private void ask() {
    try {
      controller.allocateProducerIds().whenComplete(this::onBlock);
    } catch (RuntimeException e) {
      onBlock(null, e);
    }
  }

  private void onBlock(ProducerIdsBlock block, Throwable failure) {
    List<CompletableFuture<Long>> served = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    boolean again = false;
    synchronized (this) {
      asking = false;
      if (failure == null) {
        next = block;
      }
      while (!waiting.isEmpty()) {
        Optional<Long> id = failure == null ? claim() : Optional.empty();
        if (failure == null && id.isEmpty()) {
          again = true;
          asking = true;
          break;
        }
        served.add(waiting.poll());
        ids.add(id.orElse(null));
      }
    }
    for (int i = 0; i < served.size(); i++) {
      if (ids.get(i) != null) {
        served.get(i).complete(ids.get(i));
      } else {
        served
            .get(i)
            .completeExceptionally(
                new CoordinatorLoadInProgressException(
                    "No producer ids could be reserved", failure));
      }
    }
    if (again) {
      ask();
    }
  }
}
