package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElectionWatchTest {
  private boolean electing;
  private int reconnected;
  private long nowNs = Long.MAX_VALUE - 1;
  private final ElectionWatch watch = new ElectionWatch(() -> electing, () -> reconnected++);

  @AfterEach
  void close() {
    watch.close();
  }

  private void after(Duration time) {
    nowNs += time.toNanos();
    watch.look(nowNs);
  }

  @Test
  void anElectionThatTakesTooLongConnectsAnewAndAgain() {
    electing = true;
    after(Duration.ZERO);
    after(ElectionWatch.PATIENCE.minusMillis(1));
    assertEquals(0, reconnected);
    after(Duration.ofMillis(1));
    assertEquals(1, reconnected);
    after(ElectionWatch.PATIENCE.minusMillis(1));
    assertEquals(1, reconnected);
    after(Duration.ofMillis(1));
    assertEquals(2, reconnected);
  }

  @Test
  void aLeaderEndsTheWait() {
    electing = true;
    after(Duration.ZERO);
    electing = false;
    after(ElectionWatch.PATIENCE);
    electing = true;
    after(Duration.ofMillis(500));
    after(ElectionWatch.PATIENCE.minusMillis(1));
    assertEquals(0, reconnected);
  }
}
