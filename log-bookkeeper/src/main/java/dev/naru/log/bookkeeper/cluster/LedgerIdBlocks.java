package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.meta.LedgerIdGenerator;
import org.apache.bookkeeper.proto.BookkeeperInternalCallbacks.GenericCallback;

/**
 * Ids of new ledgers, taken a block at a time. BookKeeper takes each of them with two writes of
 * ZooKeeper; a takeover of thousands of logs, each of which begins a ledger, waited for those.
 *
 * <p>An id is never used twice, not even after its ledger was deleted: bookies may still know what
 * was in it. So the ids here begin where those that are taken one by one end, and a block that was
 * not used up when its process ended stays so.
 *
 * <p>Any thread. Callbacks run on the thread that asks, or on ZooKeeper's.
 */
final class LedgerIdBlocks implements LedgerIdGenerator {
  static final int BLOCK = 64;

  /** Ids that are taken one by one come from a counter of 31 bits. */
  static final long FIRST = 1L << 31;

  private final LedgerIdGenerator numbers;
  private final Queue<GenericCallback<Long>> waiting = new ArrayDeque<>();
  private boolean asking;
  private long next;
  private long end;

  /**
   * @param numbers gives every block a number that no other one gets; closed by {@link #close}
   */
  LedgerIdBlocks(LedgerIdGenerator numbers) {
    this.numbers = numbers;
  }

  @Override
  public void generateLedgerId(GenericCallback<Long> callback) {
    long id;
    synchronized (this) {
      if (next == end) {
        waiting.add(callback);
        if (asking) {
          return;
        }
        asking = true;
        id = -1;
      } else {
        id = next++;
      }
    }
    if (id < 0) {
      numbers.generateLedgerId(this::numbered);
    } else {
      callback.operationComplete(BKException.Code.OK, id);
    }
  }

  private void numbered(int code, Long number) {
    if (code != BKException.Code.OK) {
      failed(code);
      return;
    }
    List<GenericCallback<Long>> served = new ArrayList<>();
    long first = FIRST + number * BLOCK;
    boolean more;
    synchronized (this) {
      while (served.size() < BLOCK && !waiting.isEmpty()) {
        served.add(waiting.remove());
      }
      next = first + served.size();
      end = first + BLOCK;
      more = !waiting.isEmpty();
      asking = more;
    }
    if (more) {
      numbers.generateLedgerId(this::numbered);
    }
    for (int i = 0; i < served.size(); i++) {
      served.get(i).operationComplete(BKException.Code.OK, first + i);
    }
  }

  private void failed(int code) {
    List<GenericCallback<Long>> told;
    synchronized (this) {
      told = List.copyOf(waiting);
      waiting.clear();
      asking = false;
    }
    told.forEach(each -> each.operationComplete(code, null));
  }

  @Override
  public void close() throws IOException {
    numbers.close();
  }
}
