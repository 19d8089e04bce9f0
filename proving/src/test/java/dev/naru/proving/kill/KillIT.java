package dev.naru.proving.kill;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code kill -9} in the middle of idempotent and transactional load, again and again; in the end
 * nothing is lost, doubled, reordered or torn. {@code -Dkills=50} is the long form.
 */
@Tag("once")
class KillIT {
  private static final int PARTITIONS = 3;

  private final int kills = Integer.getInteger("kills", 8);
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void nothingIsLostDoubledReorderedOrTorn() throws Exception {
    System.out.println("kill test: " + kills + " kills, seed " + seed);
    Map<String, String> settings = Map.of("group.initial.rebalance.delay.ms", "0");
    try (TestNode node =
        TestNode.create(TestNode.Kind.chosen(), SharedNode.newDirectory("kill"), settings)) {
      node.start();
      try (CheckedLoad load = new CheckedLoad(node.bootstrap(), PARTITIONS, random)) {
        load.start();
        for (int i = 0; i < kills; i++) {
          killOnce(node, load);
        }
        load.awaitProgress(20);
        load.judge();
      }
    }
  }

  private void killOnce(TestNode node, CheckedLoad load) throws InterruptedException {
    load.awaitProgress(2 + random.nextInt(10));
    TimeUnit.MICROSECONDS.sleep(random.nextInt(200_000));
    node.kill();
    node.start();
  }
}
