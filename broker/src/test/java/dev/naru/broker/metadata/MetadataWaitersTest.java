package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MetadataWaitersTest {
  private final MetadataWaiters waiters = new MetadataWaiters();

  private CompletableFuture<Void> until(int epoch, long offset) {
    return waiters.whenReached(new MetadataPosition(epoch, offset)).toCompletableFuture();
  }

  private void reached(int epoch, long offset) {
    waiters.reached(new MetadataPosition(epoch, offset));
  }

  @Test
  void everybodyWaitsForHisOwnPosition() {
    CompletableFuture<Void> five = until(1, 5);
    CompletableFuture<Void> three = until(1, 3);
    reached(1, 2);
    assertFalse(three.isDone());
    reached(1, 4);
    assertTrue(three.isDone());
    assertFalse(five.isDone());
    reached(1, 5);
    assertTrue(five.isDone());
    assertTrue(until(1, 5).isDone());
  }

  @Test
  void aLaterControllerHasEverythingOfThoseBefore() {
    CompletableFuture<Void> old = until(1, 1000);
    CompletableFuture<Void> next = until(2, 2);
    reached(2, 1);
    assertTrue(old.isDone());
    assertFalse(next.isDone());
    reached(1, 2000);
    assertFalse(until(2, 2).isDone(), "nothing goes back");
  }

  @Test
  void aNodeThatHearsNothingHoldsUpNoCrowd() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      all.add(until(1, i));
    }
    assertEquals(10_000, all.stream().filter(CompletableFuture::isDone).count());
  }
}
