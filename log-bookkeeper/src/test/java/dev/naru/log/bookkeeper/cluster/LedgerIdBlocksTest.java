package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.LongStream;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.meta.LedgerIdGenerator;
import org.apache.bookkeeper.proto.BookkeeperInternalCallbacks.GenericCallback;
import org.junit.jupiter.api.Test;

class LedgerIdBlocksTest {
  private final Queue<GenericCallback<Long>> asked = new ArrayDeque<>();
  private final LedgerIdGenerator numbers =
      new LedgerIdGenerator() {
        @Override
        public void generateLedgerId(GenericCallback<Long> callback) {
          asked.add(callback);
        }

        @Override
        public void close() {}
      };
  private final LedgerIdBlocks blocks = new LedgerIdBlocks(numbers);
  private final List<Long> ids = new ArrayList<>();
  private final List<Integer> failures = new ArrayList<>();

  private void ask(int count) {
    for (int i = 0; i < count; i++) {
      blocks.generateLedgerId(
          (code, id) -> {
            if (code == BKException.Code.OK) {
              ids.add(id);
            } else {
              failures.add(code);
            }
          });
    }
  }

  private void answer(long number) {
    asked.remove().operationComplete(BKException.Code.OK, number);
  }

  private static List<Long> block(long number, int count) {
    long first = LedgerIdBlocks.FIRST + number * LedgerIdBlocks.BLOCK;
    return LongStream.range(first, first + count).boxed().toList();
  }

  @Test
  void oneNumberIsAskedForABlockOfIds() {
    ask(2);
    assertEquals(1, asked.size());
    answer(7);
    ask(LedgerIdBlocks.BLOCK - 2);
    assertEquals(0, asked.size());
    assertEquals(block(7, LedgerIdBlocks.BLOCK), ids);
    ask(1);
    answer(9);
    assertEquals(block(9, 1).get(0), ids.get(ids.size() - 1));
  }

  @Test
  void moreThanABlockThatWaitTakeTheNextOne() {
    ask(LedgerIdBlocks.BLOCK + 3);
    answer(0);
    assertEquals(block(0, LedgerIdBlocks.BLOCK), ids);
    answer(1);
    assertEquals(block(1, 3), ids.subList(LedgerIdBlocks.BLOCK, ids.size()));
    ask(1);
    assertEquals(0, asked.size());
  }

  @Test
  void whoWaitsForABlockThatCannotBeHadIsToldAndTheNextOneAsksAgain() {
    ask(2);
    asked.remove().operationComplete(BKException.Code.ZKException, null);
    assertEquals(List.of(BKException.Code.ZKException, BKException.Code.ZKException), failures);
    ask(1);
    answer(4);
    assertEquals(block(4, 1), ids);
  }

  /** A single one never reaches the first of a block. */
  @Test
  void idsThatWereTakenOneByOneAreNeverGivenAgain() {
    ask(1);
    answer(0);
    assertEquals(Integer.MAX_VALUE + 1L, ids.get(0));
  }
}
