package dev.naru.log.bookkeeper;

import dev.naru.log.bookkeeper.SegmentList.Doomed;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the ledgers of a log that its list calls doomed, once their time has come. */
final class Burial {
  private static final Logger LOG = LoggerFactory.getLogger(Burial.class);

  private final Ledgers ledgers;
  private final ListKeeper list;
  private final String log;
  private final AtomicBoolean underWay = new AtomicBoolean();

  Burial(Ledgers ledgers, ListKeeper list, String log) {
    this.ledgers = ledgers;
    this.list = list;
    this.log = log;
  }

  /** Waits for nobody. */
  void rest(long nowMs) {
    List<Long> due =
        list.current().doomed().stream()
            .filter(each -> each.afterMs() <= nowMs)
            .map(Doomed::ledgerId)
            .toList();
    if (due.isEmpty() || !underWay.compareAndSet(false, true)) {
      return;
    }
    CompletionStage<Void> buried = CompletableFuture.completedFuture(null);
    for (long ledgerId : due) {
      buried = buried.thenCompose(nothing -> ledgers.delete(ledgerId));
    }
    buried
        .thenCompose(nothing -> list.change(before -> ListChanges.buried(before, due)))
        .whenComplete(
            (nothing, problem) -> {
              underWay.set(false);
              if (problem != null) {
                LOG.warn("{}: deleting ledgers failed; later again", log, Stages.cause(problem));
              }
            });
  }
}
