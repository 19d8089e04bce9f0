package dev.naru.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Follows the transactions of a log while its batches pass in order, and says which batches nobody
 * needs: those of aborted transactions, and markers of transactions that are gone.
 */
final class CompactionTransactions {
  private final Deque<AbortedSpan> upcoming = new ArrayDeque<>();
  private final Map<Long, Aborted> aborted = new HashMap<>();
  private final Set<Long> committed = new HashSet<>();
  private List<AbortedSpan> kept = new ArrayList<>();

  private static final class Aborted {
    final AbortedSpan span;
    boolean seen;

    Aborted(AbortedSpan span) {
      this.span = span;
    }
  }

  /**
   * @param spans aborted transactions of the log, in any order
   */
  CompactionTransactions(List<AbortedSpan> spans) {
    spans.stream()
        .sorted(Comparator.comparingLong(AbortedSpan::firstOffset))
        .forEach(upcoming::add);
  }

  /** Whether the batch, by its transaction, may go. */
  boolean mayGo(RecordBatch batch) {
    while (!upcoming.isEmpty() && upcoming.peek().firstOffset() <= batch.lastOffset()) {
      AbortedSpan span = upcoming.poll();
      if (span.lastOffset() >= batch.baseOffset()) {
        aborted.put(span.producerId(), new Aborted(span));
      }
    }
    if (batch.isControlBatch()) {
      return markerMayGo(batch);
    }
    if (!batch.isTransactional()) {
      return false;
    }
    Aborted transaction = aborted.get(batch.producerId());
    if (transaction != null && transaction.span.lastOffset() > batch.lastOffset()) {
      transaction.seen = true;
      return true;
    }
    committed.add(batch.producerId());
    return false;
  }

  private boolean markerMayGo(RecordBatch batch) {
    Iterator<Record> records = batch.iterator();
    if (!records.hasNext()) {
      return true;
    }
    ControlRecordType type = ControlRecordType.parse(records.next().key());
    if (type == ControlRecordType.COMMIT) {
      return !committed.remove(batch.producerId());
    }
    if (type != ControlRecordType.ABORT) {
      return false;
    }
    Aborted transaction = aborted.remove(batch.producerId());
    if (transaction == null || !transaction.seen) {
      return true;
    }
    // Something of it passed, and may have been kept for its producer's sake.
    kept.add(transaction.span);
    return false;
  }

  /** Aborted transactions that are not gone, whose markers passed since the last call. */
  List<AbortedSpan> drainKept() {
    List<AbortedSpan> drained = kept;
    kept = new ArrayList<>();
    return drained;
  }
}
