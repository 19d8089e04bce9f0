package dev.naru.log.bookkeeper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ledgers in memory, as BookKeeper has them: fenced by who recovers them, closed once, deleted for
 * good. What an executor is given happens when it runs it, in order.
 */
final class MemoryLedgers implements Ledgers, LedgerCatalog, LedgerViews {
  private final Executor executor;
  private final Store store;
  private volatile boolean room = true;

  MemoryLedgers(Executor executor) {
    this(executor, new Store());
  }

  private MemoryLedgers(Executor executor, Store store) {
    this.executor = executor;
    this.store = store;
  }

  /** The same ledgers for another node. */
  MemoryLedgers from(Executor another) {
    return new MemoryLedgers(another, store);
  }

  void room(boolean isThere) {
    room = isThere;
  }

  @Override
  public boolean hasRoom() {
    return room;
  }

  Set<Long> ids() {
    synchronized (store) {
      return new TreeSet<>(store.ledgers.keySet());
    }
  }

  private static final class Store {
    private final Map<Long, Ledger> ledgers = new HashMap<>();
    private final AtomicInteger views = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private long lastId;
  }

  private static final class Ledger {
    private final String log;
    private final List<byte[]> entries = new ArrayList<>();
    private boolean closed;

    Ledger(String log) {
      this.log = log;
    }

    private synchronized long bytes() {
      return entries.stream().mapToLong(each -> each.length).sum();
    }
  }

  private <T> CompletionStage<T> later(Task<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            done.complete(task.run());
          } catch (IOException | RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private interface Task<T> {
    T run() throws IOException;
  }

  @Override
  public CompletionStage<LedgerWriter> create(String log) {
    return later(
        () -> {
          synchronized (store) {
            Ledger made = new Ledger(log);
            store.ledgers.put(++store.lastId, made);
            return new Handle(store.lastId, made);
          }
        });
  }

  private Ledger find(long ledgerId) throws IOException {
    synchronized (store) {
      Ledger found = store.ledgers.get(ledgerId);
      if (found == null) {
        throw new IOException("ledger " + ledgerId + " does not exist");
      }
      return found;
    }
  }

  @Override
  public Walk walk() {
    Queue<Long> rest = new ArrayDeque<>(ids());
    return new Walk() {
      @Override
      public List<Long> next(int max) {
        List<Long> next = new ArrayList<>();
        while (next.size() < max && !rest.isEmpty()) {
          next.add(rest.remove());
        }
        return next;
      }

      @Override
      public void close() {
        rest.clear();
      }
    };
  }

  @Override
  public CompletionStage<Optional<String>> madeFor(long ledgerId) {
    return later(
        () -> {
          synchronized (store) {
            return Optional.ofNullable(store.ledgers.get(ledgerId)).map(ledger -> ledger.log);
          }
        });
  }

  @Override
  public CompletionStage<LedgerReader> recover(long ledgerId) {
    return later(
        () -> {
          Ledger found = find(ledgerId);
          synchronized (found) {
            found.closed = true;
          }
          return new Handle(ledgerId, found);
        });
  }

  @Override
  public CompletionStage<LedgerView> open(long ledgerId) {
    return later(() -> new View(ledgerId, find(ledgerId)));
  }

  /** Whether somebody fenced it, or closed it. */
  boolean isClosed(long ledgerId) {
    synchronized (store) {
      Ledger ledger = store.ledgers.get(ledgerId);
      synchronized (ledger) {
        return ledger.closed;
      }
    }
  }

  /** How often owners read entries. */
  int reads() {
    return store.reads.get();
  }

  /** How many ledgers are open to be looked at. */
  int views() {
    return store.views.get();
  }

  @Override
  public CompletionStage<Void> delete(long ledgerId) {
    return later(
        () -> {
          synchronized (store) {
            store.ledgers.remove(ledgerId);
            return null;
          }
        });
  }

  /** As in BookKeeper, what it knows of a ledger that is open lags behind. */
  private final class View implements LedgerView {
    private final long id;
    private final Ledger ledger;
    private final long lastEntry;
    private final long bytes;

    View(long id, Ledger ledger) {
      this.id = id;
      this.ledger = ledger;
      synchronized (ledger) {
        int known = Math.max(0, ledger.entries.size() - (ledger.closed ? 0 : 1));
        lastEntry = known - 1L;
        bytes = ledger.entries.stream().limit(known).mapToLong(each -> each.length).sum();
      }
      store.views.incrementAndGet();
    }

    @Override
    public long lastEntry() {
      return lastEntry;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, long last) {
      return later(
          () -> {
            find(id);
            synchronized (ledger) {
              if (first < 0 || last < first || last >= ledger.entries.size()) {
                throw new IOException("ledger " + id + " has no entries " + first + "-" + last);
              }
              List<ByteBuf> read = new ArrayList<>();
              for (byte[] entry : ledger.entries.subList((int) first, (int) last + 1)) {
                read.add(Unpooled.wrappedBuffer(entry));
              }
              return read;
            }
          });
    }

    @Override
    public void letGo() {
      store.views.decrementAndGet();
    }
  }

  private final class Handle implements LedgerWriter {
    private final long id;
    private final Ledger ledger;

    Handle(long id, Ledger ledger) {
      this.id = id;
      this.ledger = ledger;
    }

    @Override
    public long id() {
      return id;
    }

    @Override
    public long lastEntry() {
      synchronized (ledger) {
        return ledger.entries.size() - 1L;
      }
    }

    @Override
    public long bytes() {
      return ledger.bytes();
    }

    @Override
    public CompletionStage<List<ByteBuf>> read(long first, int maxBytes) {
      store.reads.incrementAndGet();
      return later(
          () -> {
            find(id);
            List<ByteBuf> read = new ArrayList<>();
            int bytes = 0;
            synchronized (ledger) {
              for (int i = (int) first; i < ledger.entries.size() && bytes < maxBytes; i++) {
                byte[] entry = ledger.entries.get(i);
                bytes += entry.length;
                read.add(Unpooled.wrappedBuffer(entry));
              }
            }
            return read;
          });
    }

    @Override
    public CompletionStage<Void> append(ByteBuf entry) {
      byte[] bytes = new byte[entry.readableBytes()];
      entry.readBytes(bytes);
      entry.release();
      return later(
          () -> {
            synchronized (ledger) {
              if (ledger.closed) {
                throw new IOException("ledger " + id + " is fenced");
              }
              ledger.entries.add(bytes);
            }
            return null;
          });
    }

    @Override
    public CompletionStage<Void> close() {
      return later(
          () -> {
            synchronized (ledger) {
              ledger.closed = true;
            }
            return null;
          });
    }
  }
}
