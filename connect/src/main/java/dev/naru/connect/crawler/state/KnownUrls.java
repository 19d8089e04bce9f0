package dev.naru.connect.crawler.state;

import dev.naru.connect.crawler.frontier.LongMap;
import java.io.Closeable;
import java.nio.file.Path;

/**
 * What is known of each address, by its hash: how far it is, where the journal has it, and when it
 * is to be asked for again. Two tables, 16 bytes a slot each; the second only where addresses are
 * asked for again. Not thread-safe.
 */
public final class KnownUrls implements Closeable {
  /** How far an address is. */
  public enum State {
    /** Nobody has seen it. */
    UNKNOWN(0),
    /** It waits to be fetched for the first time. */
    WAITING(1),
    /** The topic has it. */
    DELIVERED(2),
    /** It leads elsewhere. */
    MOVED(3),
    /** It was dealt with, and the topic does not have it. */
    SETTLED(4),
    /** It was not let in. */
    REFUSED(5),
    /** It belongs to another task, which was told. */
    ELSEWHERE(6);

    private static final State[] ALL = values();

    private final int code;

    State(int code) {
      this.code = code;
    }

    /** Whether it was visited, so that the journal says what came of it. */
    public boolean isVisited() {
      return this == DELIVERED || this == MOVED || this == SETTLED;
    }
  }

  private static final int STATE_BITS = 3;

  /** Stands in line already. */
  private static final long IN_LINE = Long.MAX_VALUE;

  private final LongTable states;
  private final LongTable dues;
  private final long[] counts = new long[State.ALL.length];
  private long scannedTo;

  public KnownUrls(Path folder) {
    states = new LongTable(folder.resolve("known"));
    dues = new LongTable(folder.resolve("due"));
  }

  public State state(long hash) {
    long value = states.get(hash);
    return value == LongMap.ABSENT ? State.UNKNOWN : stateOf(value);
  }

  private static State stateOf(long value) {
    return State.ALL[(int) value & ((1 << STATE_BITS) - 1)];
  }

  /** Where the journal has what was said last of the address: that it was found, or what of it. */
  public long ref(long hash) {
    return states.get(hash) >>> STATE_BITS;
  }

  /** Takes note of what the journal says at {@code ref}. */
  public void put(long hash, State state, long ref) {
    counts[state(hash).code]--;
    counts[state.code]++;
    states.put(hash, (ref << STATE_BITS) | state.code);
  }

  /** Whether the address waits for its first visit, as the journal says at this place. */
  public boolean waits(long hash, long ref) {
    return state(hash) == State.WAITING && ref(hash) == ref;
  }

  /** When the address is to be asked for again (wall clock). */
  public void dueAt(long hash, long wallMs) {
    dues.put(hash, wallMs);
  }

  /** The address stands in line; {@link #dueAt} takes it out again. */
  public void inLine(long hash) {
    dues.put(hash, IN_LINE);
  }

  /**
   * Whether the address has a time at which it is asked for again, and it does not stand in line.
   */
  public boolean isScheduled(long hash) {
    long due = dues.get(hash);
    return due != LongMap.ABSENT && due != IN_LINE;
  }

  /**
   * Gives addresses whose time has come, with their place in the journal.
   *
   * @param part how much of the table is looked at: one part in so many; the next call goes on
   *     there
   */
  public void due(long wallMs, int part, LongMap.Each each) {
    long slots = Math.max(dues.slots() / part, 1);
    scannedTo =
        dues.scan(
            scannedTo,
            slots,
            (hash, due) -> {
              if (due <= wallMs) {
                each.entry(hash, ref(hash));
              }
            });
  }

  /** Takes everything out of the line, and lets it be due. */
  public void clearLine() {
    long at = 0;
    do {
      at =
          dues.scan(
              at,
              Long.MAX_VALUE / 2,
              (hash, due) -> {
                if (due == IN_LINE) {
                  dues.put(hash, 0);
                }
              });
    } while (at != 0);
  }

  /** How many addresses are in this state. */
  public long count(State state) {
    return counts[state.code];
  }

  public long size() {
    return states.size();
  }

  /** Bytes of the tables' files. */
  public long fileBytes() {
    return states.fileBytes() + dues.fileBytes();
  }

  @Override
  public void close() {
    states.close();
    dues.close();
  }
}
