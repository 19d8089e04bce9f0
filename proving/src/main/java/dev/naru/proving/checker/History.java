package dev.naru.proving.checker;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What was done to a node: every send, transaction and observation, with start, end and outcome.
 * Safe for many threads; to be read only when all of them are done.
 *
 * <p>Values are unique over the whole history, each belongs to one send. Times come from one
 * monotonic clock.
 */
public final class History {
  /** The offset of a send that was not told one. */
  public static final long NO_OFFSET = -1;

  /** The end of an operation that has none. */
  static final long NEVER_NS = Long.MAX_VALUE;

  /** One record that a producer sent; {@code producer} names one incarnation of one producer. */
  public static final class Send {
    final String value;
    final String producer;
    final PartitionId partition;
    final Transaction transaction;
    final long startNs;
    final int order;
    volatile long endNs = NEVER_NS;
    volatile long offset = NO_OFFSET;
    volatile Outcome outcome = Outcome.UNKNOWN;

    private Send(
        String value,
        String producer,
        PartitionId partition,
        Transaction transaction,
        long startNs,
        int order) {
      this.value = value;
      this.producer = producer;
      this.partition = partition;
      this.transaction = transaction;
      this.startNs = startNs;
      this.order = order;
    }

    /** Acknowledged at this offset; {@link #NO_OFFSET} when the acknowledgement did not say. */
    public void ok(long offset, long nowNs) {
      this.offset = offset;
      endNs = nowNs;
      outcome = Outcome.OK;
    }

    /** Refused for certain. */
    public void fail(long nowNs) {
      endNs = nowNs;
      outcome = Outcome.FAIL;
    }

    /** What happened to the record: its transaction decides when it has one. */
    Outcome fate() {
      return transaction == null ? outcome : transaction.outcome;
    }

    @Override
    public String toString() {
      return value
          + " to "
          + partition
          + " by "
          + producer
          + (transaction == null ? "" : " in " + transaction.id);
    }
  }

  /** One transaction of one producer; unknown until told otherwise. */
  public static final class Transaction {
    final String id;
    final List<Send> sends = Collections.synchronizedList(new ArrayList<>());
    volatile Outcome outcome = Outcome.UNKNOWN;

    private Transaction(String id) {
      this.id = id;
    }

    /** Committed ({@code OK}), aborted ({@code FAIL}), or not known. */
    public void end(Outcome outcome) {
      this.outcome = outcome;
    }
  }

  /** What one consumer saw of one partition between being given it and losing it. */
  public static final class Stint {
    final String reader;

    /** Null for a reader that belongs to none. */
    final String group;

    final PartitionId partition;
    final List<Entry> entries = Collections.synchronizedList(new ArrayList<>());

    private Stint(String reader, String group, PartitionId partition) {
      this.reader = reader;
      this.group = group;
      this.partition = partition;
    }

    public void saw(long offset, String value) {
      entries.add(new Entry(offset, value));
    }
  }

  /** What a group was seen to have committed. */
  record Commit(String group, PartitionId partition, long offset) {}

  /** A value at its offset. */
  public record Entry(long offset, String value) {}

  private final List<Send> sends = Collections.synchronizedList(new ArrayList<>());
  private final List<Transaction> transactions = Collections.synchronizedList(new ArrayList<>());
  private final List<Stint> stints = Collections.synchronizedList(new ArrayList<>());
  private final List<Commit> commits = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Map<PartitionId, List<Entry>>> finals = new HashMap<>();
  private final AtomicInteger orders = new AtomicInteger();

  /** Begins a send outside of any transaction. */
  public Send send(String value, String producer, PartitionId partition, long nowNs) {
    return send(value, producer, partition, null, nowNs);
  }

  /** Begins a send of a transaction. */
  public Send send(
      String value, String producer, PartitionId partition, Transaction transaction, long nowNs) {
    Send send = new Send(value, producer, partition, transaction, nowNs, orders.getAndIncrement());
    sends.add(send);
    if (transaction != null) {
      transaction.sends.add(send);
    }
    return send;
  }

  public Transaction begin(String id) {
    Transaction transaction = new Transaction(id);
    transactions.add(transaction);
    return transaction;
  }

  public Stint assigned(String reader, PartitionId partition) {
    return assigned(reader, null, partition);
  }

  /** A member of a group is given a partition. */
  public Stint assigned(String reader, String group, PartitionId partition) {
    Stint stint = new Stint(reader, group, partition);
    stints.add(stint);
    return stint;
  }

  /** Somebody asked, and heard that the group has committed this offset; in the order of asking. */
  public void committed(String group, PartitionId partition, long offset) {
    commits.add(new Commit(group, partition, offset));
  }

  /** The whole of a partition, as a fresh reader found it at the end. */
  public void finalRead(String reader, PartitionId partition, List<Entry> entries) {
    synchronized (finals) {
      finals.computeIfAbsent(reader, r -> new HashMap<>()).put(partition, List.copyOf(entries));
    }
  }

  /** What this reader found in a partition at the end; empty when it did not say. */
  public List<Entry> finalRead(String reader, PartitionId partition) {
    synchronized (finals) {
      return finals.getOrDefault(reader, Map.of()).getOrDefault(partition, List.of());
    }
  }

  List<Send> sends() {
    return sends;
  }

  List<Transaction> transactions() {
    return transactions;
  }

  List<Stint> stints() {
    return stints;
  }

  List<Commit> commits() {
    return commits;
  }

  Map<String, Map<PartitionId, List<Entry>>> finals() {
    return finals;
  }
}
