package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What a log knows of its idempotent and transactional producers: their last batches (to answer
 * retries), their epochs (to fence zombies), their open transactions (to bound what {@code
 * read_committed} sees), and the verifications under way (KIP-98, KIP-360, KIP-890).
 *
 * <p>{@link #prepare} checks and changes nothing; {@link #replay} changes and checks nothing, so
 * that a live append and the recovery after a crash arrive at the same state. Reads no clock and
 * does no I/O. Not thread-safe: the log's lock guards it.
 */
final class ProducerStates {
  private static final short SNAPSHOT_VERSION = 1;
  private static final String SNAPSHOT = "The producer snapshot";

  /** Replaced like {@link #verifications}. */
  private static final NavigableMap<Long, Long> NONE = Collections.emptyNavigableMap();

  private long expirationMs;
  private final Map<Long, ProducerEntry> producers = new HashMap<>();

  /** Replaced by one that can be written when there is something to write: most logs have none. */
  private Map<Long, Verification> verifications = Map.of();

  /** Open transactions: producer id by first offset. */
  private NavigableMap<Long, Long> open = NONE;

  /** Transactions whose marker is not durable yet: marker's offset by first offset. */
  private NavigableMap<Long, Long> ended = NONE;

  private List<AbortedSpan> aborted = new ArrayList<>();
  private long logStartOffset;

  /**
   * @param expirationMs {@code producer.id.expiration.ms}: how long a silent producer is remembered
   */
  ProducerStates(long expirationMs) {
    this.expirationMs = expirationMs;
  }

  /**
   * The answer to a check.
   *
   * @param duplicate the batch is in the log already
   * @param baseOffset where it was appended the first time; -1 when it is new
   * @param lastOffset its last offset then; -1 when it is new
   */
  record Prepared(boolean duplicate, long baseOffset, long lastOffset) {
    static final Prepared NEW = new Prepared(false, -1, -1);
  }

  /**
   * Where a producer's last sequence or epoch stands in the log; compaction keeps that batch.
   *
   * @param lastDataOffset -1 when only a marker is left to tell the epoch
   */
  record LastBatch(long lastDataOffset, short producerEpoch) {}

  /** A transaction that the transaction coordinator is being asked about. */
  static final class Verification {
    final VerificationGuard guard = new VerificationGuard();
    final boolean supportsEpochBump;
    short epoch;
    int lowestSequence;
    private long firstExpiryCheckMs = -1;

    Verification(short epoch, int baseSequence, boolean supportsEpochBump) {
      this.epoch = epoch;
      this.lowestSequence = baseSequence;
      this.supportsEpochBump = supportsEpochBump;
    }

    /** Requests of one producer may overtake each other; only the lowest may be the first. */
    void meet(short otherEpoch, int otherSequence) {
      if (otherEpoch > epoch) {
        epoch = otherEpoch;
        lowestSequence = otherSequence;
      } else if (otherEpoch == epoch) {
        lowestSequence = Math.min(lowestSequence, otherSequence);
      }
    }
  }

  /** {@link #prepare(Iterable, AppendSpec)} for anything but markers of transactions v2. */
  Prepared prepare(
      Iterable<? extends RecordBatch> batches,
      AppendOrigin origin,
      VerificationGuard guard,
      long nowMs) {
    return prepare(batches, new AppendSpec(origin, -1, nowMs, guard));
  }

  /**
   * Says whether a set of batches may be appended. Their offsets do not matter.
   *
   * @throws org.apache.kafka.common.errors.ApiException why not
   */
  Prepared prepare(Iterable<? extends RecordBatch> batches, AppendSpec spec) {
    Iterator<? extends RecordBatch> rest = batches.iterator();
    boolean first = true;
    Map<Long, ProducerEntry> ahead = null;
    while (rest.hasNext()) {
      RecordBatch batch = rest.next();
      boolean alone = first && !rest.hasNext();
      first = false;
      if (!batch.hasProducerId()) {
        continue;
      }
      ProducerEntry known = ahead == null ? null : ahead.get(batch.producerId());
      if (known == null) {
        known = producers.get(batch.producerId());
      }
      if (spec.origin() == AppendOrigin.CLIENT) {
        ProducerChecks.clientBatch(batch, alone);
        ProducerEntry.Span duplicate = known == null ? null : known.findDuplicate(batch);
        if (duplicate != null) {
          return new Prepared(true, duplicate.baseOffset(), duplicate.lastOffset());
        }
      }
      ProducerChecks.check(batch, known, verifications.get(batch.producerId()), spec);
      if (!alone) {
        ahead = ahead == null ? new HashMap<>() : ahead;
        ahead.put(batch.producerId(), after(known, batch, spec.nowMs()));
      }
    }
    return Prepared.NEW;
  }

  private static ProducerEntry after(ProducerEntry known, RecordBatch batch, long nowMs) {
    ProducerEntry next = known == null ? new ProducerEntry(batch.producerId()) : known.copy();
    if (!batch.isControlBatch()) {
      next.append(batch, nowMs);
    } else {
      Iterator<Record> records = batch.iterator();
      if (records.hasNext()) {
        Record record = records.next();
        int coordinatorEpoch = EndTransactionMarker.deserialize(record).coordinatorEpoch();
        next.endTransaction(batch.producerEpoch(), coordinatorEpoch, record.timestamp(), nowMs);
      }
    }
    return next;
  }

  /**
   * Takes in a batch that stands in the log with its final offsets.
   *
   * @param nowMs when the producer was seen; it expires by this and not by what it wrote into its
   *     records, which may be years old
   */
  void replay(RecordBatch batch, long nowMs) {
    if (!batch.hasProducerId()) {
      return;
    }
    if (batch.isControlBatch()) {
      replayMarker(batch, nowMs);
    } else {
      ProducerEntry entry = producers.computeIfAbsent(batch.producerId(), ProducerEntry::new);
      if (entry.append(batch, nowMs)) {
        begun(batch.baseOffset(), batch.producerId());
      }
    }
    if (batch.isTransactional() && !beginsNextVerification(batch)) {
      // Either the transaction is open here from now on, or it is over: the guard has served.
      if (!verifications.isEmpty()) {
        verifications.remove(batch.producerId());
      }
    }
  }

  private void begun(long firstOffset, long producerId) {
    if (open == NONE) {
      open = new TreeMap<>();
    }
    open.put(firstOffset, producerId);
  }

  /**
   * With transactions v2 the marker brings the epoch of the producer's next transaction, and that
   * one's verification may have begun before the marker came to this log.
   */
  private boolean beginsNextVerification(RecordBatch marker) {
    Verification verification = verifications.get(marker.producerId());
    return marker.isControlBatch()
        && verification != null
        && verification.supportsEpochBump
        && verification.epoch == marker.producerEpoch();
  }

  private void replayMarker(RecordBatch batch, long nowMs) {
    Iterator<Record> records = batch.iterator();
    if (!records.hasNext()) {
      // Compaction removed the whole transaction and left the batch for its epoch's sake only.
      return;
    }
    Record record = records.next();
    EndTransactionMarker marker = EndTransactionMarker.deserialize(record);
    long producerId = batch.producerId();
    ProducerEntry entry = producers.computeIfAbsent(producerId, ProducerEntry::new);
    if (entry.inTransaction()) {
      long firstOffset = entry.transactionFirstOffset();
      long markerOffset = batch.lastOffset();
      if (!open.isEmpty()) {
        open.remove(firstOffset);
      }
      if (ended == NONE) {
        ended = new TreeMap<>();
      }
      ended.put(firstOffset, markerOffset);
      if (marker.controlType() == ControlRecordType.ABORT) {
        long stable = open.isEmpty() ? markerOffset + 1 : open.firstKey();
        aborted.add(new AbortedSpan(producerId, firstOffset, markerOffset, stable));
      }
    }
    entry.endTransaction(
        batch.producerEpoch(), marker.coordinatorEpoch(), record.timestamp(), nowMs);
  }

  /** Transactions that ended with an abort among the batches replayed since the last call. */
  List<AbortedSpan> drainAborted() {
    if (aborted.isEmpty()) {
      return List.of();
    }
    List<AbortedSpan> drained = aborted;
    aborted = new ArrayList<>();
    return drained;
  }

  /** Transactions whose marker is durable are decided for everybody. */
  void onHighWatermark(long highWatermark) {
    if (!ended.isEmpty()) {
      ended.values().removeIf(markerOffset -> markerOffset < highWatermark);
    }
  }

  /**
   * First offset of a transaction that is open, or whose marker could still be lost; {@code
   * Long.MAX_VALUE} when there is none. Never before the log's start.
   */
  long firstUnstableOffset() {
    if (open.isEmpty() && ended.isEmpty()) {
      return Long.MAX_VALUE;
    }
    long firstOpen = open.isEmpty() ? Long.MAX_VALUE : open.firstKey();
    long firstEnded = ended.isEmpty() ? Long.MAX_VALUE : ended.firstKey();
    return Math.max(logStartOffset, Math.min(firstOpen, firstEnded));
  }

  /** Records before this offset are gone. Producers stay until they expire (KIP-360). */
  void onLogStart(long newLogStartOffset) {
    logStartOffset = Math.max(logStartOffset, newLogStartOffset);
    if (!ended.isEmpty()) {
      ended.values().removeIf(markerOffset -> markerOffset < logStartOffset);
    }
  }

  /** Takes another {@code producer.id.expiration.ms}. */
  void expireAfter(long newExpirationMs) {
    expirationMs = newExpirationMs;
  }

  /** Forgets producers that were silent for long, unless they have a transaction open. */
  void expire(long nowMs) {
    producers
        .values()
        .removeIf(entry -> !entry.inTransaction() && nowMs - entry.lastSeenMs() >= expirationMs);
    if (!verifications.isEmpty()) {
      verifications.values().removeIf(verification -> isStale(verification, nowMs));
    }
  }

  private boolean isStale(Verification verification, long nowMs) {
    if (verification.firstExpiryCheckMs < 0) {
      verification.firstExpiryCheckMs = nowMs;
    }
    return nowMs - verification.firstExpiryCheckMs >= expirationMs;
  }

  /** All producers, by id. */
  List<ProducerView> views() {
    return producers.values().stream()
        .map(ProducerEntry::view)
        .sorted(Comparator.comparingLong(ProducerView::producerId))
        .toList();
  }

  /** For compaction: the batch of each producer that must stay. */
  Map<Long, LastBatch> lastBatches() {
    Map<Long, LastBatch> last = new HashMap<>();
    producers.forEach(
        (id, entry) -> last.put(id, new LastBatch(entry.lastDataOffset(), entry.epoch())));
    return last;
  }

  boolean knows(long producerId, short producerEpoch) {
    ProducerEntry entry = producers.get(producerId);
    return entry != null && entry.epoch() == producerEpoch && entry.hasBatches();
  }

  boolean hasOngoingTransaction(long producerId, short producerEpoch) {
    ProducerEntry entry = producers.get(producerId);
    return entry != null && entry.inTransaction() && entry.epoch() == producerEpoch;
  }

  /**
   * Begins a verification, or joins the one under way.
   *
   * @return null when the transaction is open here already
   * @throws InvalidProducerEpochException a newer epoch of the producer wrote here
   */
  VerificationGuard startVerification(
      long producerId, short producerEpoch, int baseSequence, boolean supportsEpochBump) {
    ProducerEntry entry = producers.get(producerId);
    ProducerChecks.notOlder(producerId, producerEpoch, entry);
    if (hasOngoingTransaction(producerId, producerEpoch)) {
      return null;
    }
    if (verifications.isEmpty()) {
      verifications = new HashMap<>();
    }
    Verification verification =
        verifications.computeIfAbsent(
            producerId, id -> new Verification(producerEpoch, baseSequence, supportsEpochBump));
    verification.meet(producerEpoch, baseSequence);
    return verification.guard;
  }

  /** The state up to {@code endOffset}, to begin a recovery there; read by {@link #load}. */
  ByteBuffer snapshot(long endOffset) {
    ByteBuffer buffer = Sealed.begin(8 + 4 + producers.size() * ProducerEntry.MAX_ENCODED_BYTES);
    buffer.putLong(endOffset).putInt(producers.size());
    producers.values().stream()
        .sorted(Comparator.comparingLong(entry -> entry.producerId))
        .forEach(entry -> entry.encode(buffer));
    return Sealed.seal(buffer, SNAPSHOT_VERSION);
  }

  /**
   * Everything in a snapshot counts as durable.
   *
   * @throws CorruptRecordException the snapshot is damaged; an older one or a replay will do
   */
  static ProducerStates load(ByteBuffer snapshot, long expirationMs) {
    return Sealed.open(
        snapshot,
        SNAPSHOT_VERSION,
        SNAPSHOT,
        bytes -> {
          bytes.getLong();
          ProducerStates states = new ProducerStates(expirationMs);
          int count = bytes.getInt();
          for (int i = 0; i < count; i++) {
            ProducerEntry entry = ProducerEntry.decode(bytes);
            states.producers.put(entry.producerId, entry);
            if (entry.inTransaction()) {
              states.begun(entry.transactionFirstOffset(), entry.producerId);
            }
          }
          return states;
        });
  }

  /**
   * The offset that a snapshot reaches to.
   *
   * @throws CorruptRecordException the snapshot is damaged
   */
  static long endOffset(ByteBuffer snapshot) {
    return Sealed.open(
        snapshot,
        SNAPSHOT_VERSION,
        SNAPSHOT,
        bytes -> {
          long endOffset = bytes.getLong();
          bytes.position(bytes.limit());
          return endOffset;
        });
  }
}
