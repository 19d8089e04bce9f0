package dev.naru.proving.sim;

import dev.naru.log.bookkeeper.LedgerReader;
import dev.naru.log.bookkeeper.LedgerWriter;
import dev.naru.log.bookkeeper.Ledgers;
import dev.naru.proving.sim.Bookies.Bookie;
import dev.naru.proving.sim.Bookies.Entry;
import dev.naru.proving.sim.Bookies.Meta;
import dev.naru.proving.sim.Bookies.Shelf;
import dev.naru.proving.sim.Bookies.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * One process's client of the bookies, as BookKeeper's is: entries reach each bookie on their own
 * way, count when two have them and everything before them does, and fail for good with the first
 * that cannot. Recovery fences two bookies at least, reads on from the last entry that is known to
 * be confirmed, writes again what it finds, and closes the ledger.
 */
final class SimLedgers implements Ledgers {
  private static final long DISK_US = 400;
  private static final long TIMEOUT_MS = 5_000;

  /** How the storage misbehaves, for mutants; {@link #NONE} is as BookKeeper is. */
  enum Mutation {
    NONE,
    /** A recovery leaves the writer as it is. */
    NO_FENCING,
    /** Of a log's ledgers that are open, only the first is recovered. */
    ONE_LEDGER_FENCED,
    /** An entry counts when the first bookie has it. */
    EARLY_ACKNOWLEDGEMENT
  }

  private final World world;
  private final Net net;
  private final Zoo zoo;
  private final Bookies store;
  private final Proc proc;
  private final Mutation mutation;

  SimLedgers(World world, Net net, Zoo zoo, Bookies store, Proc proc, Mutation mutation) {
    this.world = world;
    this.net = net;
    this.zoo = zoo;
    this.store = store;
    this.proc = proc;
    this.mutation = mutation;
  }

  /** Asks one bookie; the answer may never come, then it fails after a while. */
  private <T> CompletableFuture<T> ask(Bookie bookie, String what, Function<Bookie, T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (proc.isDead()) {
      return answer;
    }
    int here = proc.node;
    World.Event patience =
        world.after(
            TIMEOUT_MS * 1000,
            proc,
            "waited for bookie " + bookie.node,
            () ->
                answer.completeExceptionally(
                    new IOException("bookie " + bookie.node + " does not answer")));
    answer.whenComplete((nothing, problem) -> patience.cancelled = true);
    if (bookie.down) {
      world.after(
          world.latencyUs(DISK_US),
          proc,
          "bookie " + bookie.node + " refuses",
          () -> answer.completeExceptionally(new IOException("bookie " + bookie.node)));
      return answer;
    }
    if (bookie.silent || !net.isOpen(here, bookie.node)) {
      return answer;
    }
    world.after(
        world.latencyUs(DISK_US),
        null,
        "bookie " + bookie.node + " gets " + what + " of " + proc,
        () -> {
          if (bookie.down || bookie.silent) {
            return;
          }
          T result;
          try {
            result = work.apply(bookie);
          } catch (RuntimeException e) {
            world.after(
                world.latencyUs(DISK_US),
                proc,
                "bookie " + bookie.node + " refuses " + what,
                () -> answer.completeExceptionally(e));
            return;
          }
          if (net.isOpen(bookie.node, here)) {
            world.after(
                world.latencyUs(DISK_US),
                proc,
                "bookie " + bookie.node + " answers " + what,
                () -> answer.complete(result));
          }
        });
    return answer;
  }

  /** Reads or changes what ZooKeeper knows of ledgers. */
  private <T> CompletableFuture<T> meta(String what, Zoo.Work<T> work) {
    return zoo.ask(proc, what, work);
  }

  @Override
  public CompletionStage<LedgerWriter> create(String log) {
    return meta(
            "create ledger",
            () -> {
              long up = store.bookies.stream().filter(each -> !each.down).count();
              if (up < Bookies.ACKNOWLEDGING) {
                throw new IOException("not enough bookies");
              }
              return store.create(log);
            })
        .thenApply(id -> new Writer(id));
  }

  @Override
  public CompletionStage<Void> delete(long ledgerId) {
    return meta(
        "delete ledger",
        () -> {
          store.delete(ledgerId);
          return null;
        });
  }

  @Override
  public CompletionStage<LedgerReader> recover(long ledgerId) {
    if (mutation == Mutation.NO_FENCING || skips(ledgerId)) {
      return meta("open ledger " + ledgerId, () -> unfenced(ledgerId));
    }
    CompletableFuture<LedgerReader> done = new CompletableFuture<>();
    new Recovery(ledgerId, done).begin();
    return done;
  }

  private boolean skips(long ledgerId) {
    if (mutation != Mutation.ONE_LEDGER_FENCED) {
      return false;
    }
    Meta meta = store.ledgers.get(ledgerId);
    return meta != null
        && store.ledgers.entrySet().stream()
            .anyMatch(
                each ->
                    each.getKey() < ledgerId
                        && each.getValue().log.equals(meta.log)
                        && each.getValue().state != State.CLOSED);
  }

  /** What a reader sees that does not fence: the end as it is known now. */
  private LedgerReader unfenced(long ledgerId) throws IOException {
    Meta meta = store.ledgers.get(ledgerId);
    if (meta == null) {
      throw new IOException("ledger " + ledgerId + " does not exist");
    }
    long last = meta.last;
    if (meta.state != State.CLOSED) {
      for (Bookie bookie : store.bookies) {
        last = Math.max(last, bookie.shelf(ledgerId).lastConfirmed);
      }
    }
    return new Reader(ledgerId, last);
  }

  private long bytesUpTo(long ledger, long last) {
    long bytes = 0;
    for (long entry = 0; entry <= last; entry++) {
      for (Bookie bookie : store.bookies) {
        Entry found = bookie.shelf(ledger).entries.get(entry);
        if (found != null) {
          bytes += found.bytes().length;
          break;
        }
      }
    }
    return bytes;
  }

  /** Closes a ledger in ZooKeeper; one that is closed already stays as it is. */
  private CompletableFuture<Long> close(long ledgerId, long last, boolean asWriter) {
    return meta(
        "close ledger " + ledgerId,
        () -> {
          Meta meta = store.ledgers.get(ledgerId);
          if (meta == null) {
            throw new IOException("ledger " + ledgerId + " does not exist");
          }
          if (meta.state == State.CLOSED) {
            if (asWriter && meta.last != last) {
              throw new IOException("ledger " + ledgerId + " was closed by somebody else");
            }
            return meta.last;
          }
          if (asWriter && meta.state == State.IN_RECOVERY) {
            throw new IOException("ledger " + ledgerId + " is being recovered");
          }
          meta.state = State.CLOSED;
          meta.last = last;
          meta.version++;
          return last;
        });
  }

  private class Reader implements LedgerReader {
    final long id;
    long last;

    Reader(long id, long last) {
      this.id = id;
      this.last = last;
    }

    @Override
    public long id() {
      return id;
    }

    @Override
    public long lastEntry() {
      return last;
    }

    @Override
    public long bytes() {
      return bytesUpTo(id, last);
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, int maxBytes) {
      CompletableFuture<List<ByteBuf>> done = new CompletableFuture<>();
      List<Bookie> order = new ArrayList<>(store.bookies);
      Collections.shuffle(order, world.random);
      readFrom(order, first, Math.min(last, first + 1 + world.random.nextInt(20)), done);
      return done;
    }

    private void readFrom(
        List<Bookie> left, long first, long upTo, CompletableFuture<List<ByteBuf>> done) {
      if (left.isEmpty()) {
        done.completeExceptionally(new IOException("no bookie has entry " + first + " of " + id));
        return;
      }
      ask(
              left.get(0),
              "read " + id,
              bookie -> {
                List<byte[]> found = new ArrayList<>();
                for (long entry = first; entry <= upTo; entry++) {
                  Entry there = bookie.shelf(id).entries.get(entry);
                  if (there == null) {
                    break;
                  }
                  found.add(there.bytes());
                }
                return found;
              })
          .whenComplete(
              (found, problem) -> {
                if (problem != null || found.isEmpty()) {
                  readFrom(left.subList(1, left.size()), first, upTo, done);
                } else {
                  done.complete(
                      found.stream().map(bytes -> Unpooled.wrappedBuffer(bytes.clone())).toList());
                }
              });
    }
  }

  private static final class Adding {
    final long entry;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    final Set<Integer> has = new HashSet<>();
    final Set<Integer> failed = new HashSet<>();

    Adding(long entry) {
      this.entry = entry;
    }
  }

  /** A ledger that this process writes. */
  private final class Writer extends Reader implements LedgerWriter {
    private final TreeMap<Long, Adding> pending = new TreeMap<>();
    private long next;
    private IOException failure;
    private boolean closed;

    Writer(long id) {
      super(id, -1);
    }

    @Override
    public CompletionStage<Void> append(ByteBuf entry) {
      byte[] bytes = new byte[entry.readableBytes()];
      entry.readBytes(bytes);
      entry.release();
      Adding adding = new Adding(next++);
      if (failure != null || closed) {
        IOException why =
            failure == null ? new IOException("ledger " + id + " is closed") : failure;
        world.after(1, proc, "fails an entry", () -> adding.done.completeExceptionally(why));
        return adding.done;
      }
      pending.put(adding.entry, adding);
      long confirmed = last;
      for (Bookie bookie : store.bookies) {
        ask(bookie, "entry " + id + ":" + adding.entry, to -> put(to, adding, bytes, confirmed))
            .whenComplete((nothing, problem) -> answered(adding, bookie.node, problem));
      }
      return adding.done;
    }

    private Void put(Bookie bookie, Adding adding, byte[] bytes, long confirmed) {
      Shelf shelf = bookie.shelf(id);
      if (bookie.refuses(id)) {
        throw new IllegalStateException("ledger " + id + " is fenced");
      }
      shelf.entries.put(adding.entry, new Entry(bytes, confirmed));
      shelf.lastConfirmed = Math.max(shelf.lastConfirmed, confirmed);
      return null;
    }

    private void answered(Adding adding, int bookie, Throwable problem) {
      if (problem == null) {
        adding.has.add(bookie);
      } else {
        adding.failed.add(bookie);
        boolean fenced = problem instanceof IllegalStateException;
        if (fenced || adding.failed.size() > Bookies.COUNT - Bookies.ACKNOWLEDGING) {
          fail(new IOException("entry " + adding.entry + " of ledger " + id + " failed", problem));
        }
      }
      confirm();
    }

    private void confirm() {
      int enough = mutation == Mutation.EARLY_ACKNOWLEDGEMENT ? 1 : Bookies.ACKNOWLEDGING;
      while (failure == null
          && !pending.isEmpty()
          && pending.firstEntry().getValue().has.size() >= enough) {
        Adding first = pending.pollFirstEntry().getValue();
        last = first.entry;
        first.done.complete(null);
      }
    }

    private void fail(IOException why) {
      if (failure != null) {
        return;
      }
      failure = why;
      List<Adding> lost = List.copyOf(pending.values());
      pending.clear();
      lost.forEach(each -> each.done.completeExceptionally(why));
    }

    @Override
    public CompletionStage<Void> close() {
      closed = true;
      fail(new IOException("ledger " + id + " is closed"));
      return SimLedgers.this.close(id, last, true).thenApply(nothing -> null);
    }
  }

  /** Takes a ledger from its writer. */
  private final class Recovery {
    private final long id;
    private final CompletableFuture<LedgerReader> done;
    private long last = -1;

    Recovery(long id, CompletableFuture<LedgerReader> done) {
      this.id = id;
      this.done = done;
    }

    void begin() {
      meta("recover ledger " + id, this::markInRecovery)
          .whenComplete(
              (closed, problem) -> {
                if (problem != null) {
                  done.completeExceptionally(problem);
                } else if (closed) {
                  done.complete(new Reader(id, store.ledgers.get(id).last));
                } else {
                  fence();
                }
              });
    }

    /** Whether it is closed already. */
    private boolean markInRecovery() throws IOException {
      Meta meta = store.ledgers.get(id);
      if (meta == null) {
        throw new IOException("ledger " + id + " does not exist");
      }
      if (meta.state == State.CLOSED) {
        return true;
      }
      meta.state = State.IN_RECOVERY;
      meta.version++;
      return false;
    }

    private void fence() {
      gather(
          "fence " + id,
          bookie -> {
            Shelf shelf = bookie.shelf(id);
            shelf.fenced = true;
            return shelf.lastConfirmed;
          },
          (answers, problem) -> {
            if (problem != null) {
              done.completeExceptionally(problem);
              return;
            }
            answers.forEach(confirmed -> last = Math.max(last, confirmed));
            readOn();
          });
    }

    /** The next entry, if two bookies do not say that there is none. */
    private void readOn() {
      long entry = last + 1;
      int[] absent = new int[1];
      int[] failed = new int[1];
      boolean[] settled = new boolean[1];
      for (Bookie bookie : store.bookies) {
        ask(
                bookie,
                "recovery read " + id + ":" + entry,
                from -> {
                  from.shelf(id).fenced = true;
                  return Optional.ofNullable(from.shelf(id).entries.get(entry));
                })
            .whenComplete(
                (found, problem) -> {
                  if (settled[0]) {
                    return;
                  }
                  if (problem != null) {
                    failed[0]++;
                  } else if (found.isPresent()) {
                    settled[0] = true;
                    writeAgain(entry, found.get().bytes());
                    return;
                  } else {
                    absent[0]++;
                  }
                  if (absent[0] >= Bookies.COVERAGE) {
                    settled[0] = true;
                    end();
                  } else if (absent[0] + failed[0] == Bookies.COUNT) {
                    settled[0] = true;
                    done.completeExceptionally(
                        new IOException("ledger " + id + ": too few answer"));
                  }
                });
      }
    }

    private void writeAgain(long entry, byte[] bytes) {
      int[] has = new int[1];
      int[] failed = new int[1];
      boolean[] settled = new boolean[1];
      for (Bookie bookie : store.bookies) {
        ask(
                bookie,
                "recovered entry " + id + ":" + entry,
                to -> {
                  to.shelf(id).entries.putIfAbsent(entry, new Entry(bytes, entry - 1));
                  return null;
                })
            .whenComplete(
                (nothing, problem) -> {
                  if (settled[0]) {
                    return;
                  }
                  if (problem == null) {
                    has[0]++;
                  } else {
                    failed[0]++;
                  }
                  if (has[0] >= Bookies.ACKNOWLEDGING) {
                    settled[0] = true;
                    last = entry;
                    readOn();
                  } else if (failed[0] > Bookies.COUNT - Bookies.ACKNOWLEDGING) {
                    settled[0] = true;
                    done.completeExceptionally(
                        new IOException("ledger " + id + ": its end cannot be written again"));
                  }
                });
      }
    }

    private void end() {
      close(id, last, false)
          .whenComplete(
              (closedAt, problem) -> {
                if (problem != null) {
                  done.completeExceptionally(problem);
                } else {
                  done.complete(new Reader(id, closedAt));
                }
              });
    }

    /** Asks all bookies until so many have answered that none else can have acknowledged. */
    private <T> void gather(
        String what, Function<Bookie, T> work, BiConsumer<List<T>, Throwable> then) {
      List<T> answers = new ArrayList<>();
      int[] failed = new int[1];
      boolean[] settled = new boolean[1];
      for (Bookie bookie : store.bookies) {
        ask(bookie, what, work)
            .whenComplete(
                (answer, problem) -> {
                  if (settled[0]) {
                    return;
                  }
                  if (problem == null) {
                    answers.add(answer);
                  } else {
                    failed[0]++;
                  }
                  if (answers.size() >= Bookies.COVERAGE) {
                    settled[0] = true;
                    then.accept(answers, null);
                  } else if (failed[0] > Bookies.COUNT - Bookies.COVERAGE) {
                    settled[0] = true;
                    then.accept(null, new IOException(what + ": too few bookies answer"));
                  }
                });
      }
    }
  }
}
