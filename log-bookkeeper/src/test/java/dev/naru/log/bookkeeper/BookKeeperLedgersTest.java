package dev.naru.log.bookkeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.bookkeeper.client.BKException.BKLedgerFencedException;
import org.apache.bookkeeper.client.BKException.BKNotEnoughBookiesException;
import org.apache.bookkeeper.client.BKException.ZKException;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.client.api.CreateBuilder;
import org.apache.bookkeeper.client.api.WriteHandle;
import org.junit.jupiter.api.Test;

/** Ledgers that are asked for while BookKeeper cannot make any. */
class BookKeeperLedgersTest {
  private final CrankedPauses pauses = new CrankedPauses();

  /** Why BookKeeper refuses, each time that it is asked; what is asked for then is made. */
  private final Queue<Exception> refusals = new ArrayDeque<>();

  private final List<Integer> ensembles = new ArrayList<>();

  private int bookies;
  private int bookiesThatComeMeanwhile;
  private final BookKeeperLedgers ledgers =
      new BookKeeperLedgers(
          proxy(BookKeeper.class, (name, arguments) -> creation()),
          () -> bookies,
          () -> true,
          new byte[0],
          new Copies(3, 2),
          pauses);

  private CompletableFuture<LedgerWriter> create(int there) {
    bookies = there;
    return ledgers.create("a-log").toCompletableFuture();
  }

  private CreateBuilder creation() {
    CreateBuilder[] self = new CreateBuilder[1];
    self[0] =
        proxy(
            CreateBuilder.class,
            (name, arguments) -> {
              if (name.equals("execute")) {
                return answer();
              }
              if (name.equals("withEnsembleSize")) {
                ensembles.add((Integer) arguments[0]);
              }
              return self[0];
            });
    return self[0];
  }

  private CompletableFuture<WriteHandle> answer() {
    Exception refusal = refusals.poll();
    bookies += bookiesThatComeMeanwhile;
    bookiesThatComeMeanwhile = 0;
    return refusal != null
        ? CompletableFuture.failedFuture(refusal)
        : CompletableFuture.completedFuture(
            proxy(WriteHandle.class, (name, arguments) -> name.equals("getId") ? 7L : null));
  }

  private interface Answers {
    Object answer(String method, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answers.answer(method.getName(), arguments)));
  }

  @Test
  void aLedgerIsAskedForAgainUntilThereAreBookies() throws Exception {
    refusals.add(new BKNotEnoughBookiesException());
    refusals.add(new ZKException());
    refusals.add(new BKNotEnoughBookiesException());
    CompletableFuture<LedgerWriter> made = create(0);
    assertFalse(made.isDone());
    assertTrue(pauses.crank());
    assertTrue(pauses.crank());
    assertFalse(made.isDone());
    assertTrue(pauses.crank());
    assertEquals(7, made.get().id());
    assertFalse(pauses.crank(), "nothing is asked for any more");
  }

  @Test
  void nobodyWaitsForTheEndOfAPauseWhenBookiesCome() throws Exception {
    refusals.add(new BKNotEnoughBookiesException());
    refusals.add(new BKNotEnoughBookiesException());
    CompletableFuture<LedgerWriter> made = create(0);
    ledgers.bookiesChanged();
    assertFalse(made.isDone());
    bookies = 2;
    ledgers.bookiesChanged();
    assertEquals(7, made.get().id());
    assertEquals(2 * Pauses.FIRST_MS, pauses.totalMs(), "pauses that were cut short do not grow");
    assertTrue(pauses.crank());
    assertTrue(pauses.crank());
    assertEquals(List.of(2, 2, 2), ensembles, "what was begun is not begun again");
  }

  @Test
  void bookiesThatComeWhileALedgerIsAskedForAreNotMissed() throws Exception {
    refusals.add(new BKNotEnoughBookiesException());
    bookiesThatComeMeanwhile = 1;
    assertEquals(7, create(1).get().id());
  }

  @Test
  void fewerCopiesAreMadeWithoutAPause() throws Exception {
    refusals.add(new BKNotEnoughBookiesException());
    assertEquals(7, create(3).get().id());
    assertEquals(List.of(3, 2), ensembles);
    assertEquals(0, pauses.totalMs());
  }

  @Test
  void itIsGivenUpAfterAQuarterOfAMinute() {
    BKNotEnoughBookiesException last = new BKNotEnoughBookiesException();
    for (int i = 1; i < Pauses.MAX_ATTEMPTS; i++) {
      refusals.add(new BKNotEnoughBookiesException());
    }
    refusals.add(last);
    CompletableFuture<LedgerWriter> made = create(0);
    while (pauses.crank()) {
      assertTrue(pauses.totalMs() < Pauses.ALL_MS, "tried for " + pauses.totalMs() + " ms");
    }
    assertSame(last, assertThrows(ExecutionException.class, made::get).getCause());
    assertTrue(pauses.totalMs() > 10_000, "tried for " + pauses.totalMs() + " ms only");
  }

  @Test
  void whatDoesNotPassIsToldAtOnce() {
    refusals.add(new BKLedgerFencedException());
    CompletableFuture<LedgerWriter> made = create(3);
    assertThrows(ExecutionException.class, made::get);
    assertFalse(pauses.crank());
  }
}
