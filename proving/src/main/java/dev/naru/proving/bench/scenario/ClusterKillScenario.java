package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * {@code kill -9} of the node that owns the most partitions, under a load at a fixed rate on all of
 * them: the longest time without an acknowledged record on any partition that it owned. It is
 * started again before the next kill, once the cluster serves without it.
 */
final class ClusterKillScenario implements Scenario {
  private static final int PARTITIONS = 12;
  private static final int RECORDS_PER_SECOND = 300;
  private static final int RECORD_BYTES = 1_000;

  /** Silences that come a moment after the first record was served count, too. */
  private static final Duration AFTERMATH = Duration.ofSeconds(2);

  @Override
  public String name() {
    return "cluster/owner-killed";
  }

  @Override
  public String title() {
    return "no service after kill -9 of an owner, 5 kills (with --full 20), 300 records a second";
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    int kills = ClusterScale.of(trial.scale()).kills();
    BenchCluster cluster = trial.cluster();
    Topic topic = cluster.createTopic(PARTITIONS);
    BatchShape shape = BatchShape.usual(RECORD_BYTES).withRecords(1);
    List<Double> silences = new ArrayList<>();
    ExecutorService healer = Executors.newSingleThreadExecutor();
    try (ClusterLoad load = new ClusterLoad(cluster, topic, shape)) {
      load.traffic().schedule(RECORDS_PER_SECOND);
      load.run(trial.scale().warmUp());
      for (int i = 0; i < kills; i++) {
        silences.add(kill(cluster, topic, load));
        heal(healer, cluster, topic, load);
      }
      load.traffic().endSchedule();
      load.runUntil(load.traffic()::isSettled);
      load.verify(0);
    } finally {
      healer.shutdownNow();
    }
    cluster.deleteTopic(topic);
    Collections.sort(silences);
    return new Figures()
        .put(Measure.NO_SERVICE, silences.get(kills / 2))
        .put(Measure.NO_SERVICE_P95, silences.get((int) Math.ceil(kills * 0.95) - 1))
        .put(Measure.NO_SERVICE_MAX, silences.get(kills - 1));
  }

  /** Returns how many seconds nothing was acknowledged. */
  private static double kill(BenchCluster cluster, Topic topic, ClusterLoad load)
      throws IOException {
    int victim = cluster.owner(topic);
    List<Integer> owned = cluster.leaders(topic).ledBy(victim);
    load.traffic().forgetSilences();
    cluster.node(victim).kill();
    long killedNs = System.nanoTime();
    load.runUntil(() -> load.traffic().isServedWithout(victim, owned, killedNs));
    load.run(AFTERMATH);
    return load.traffic().longestSilenceNs(owned) / 1e9;
  }

  /** The load goes on meanwhile. */
  private static void heal(
      ExecutorService healer, BenchCluster cluster, Topic topic, ClusterLoad load)
      throws IOException {
    Future<?> healed = healer.submit(() -> cluster.restart(topic));
    load.runUntil(healed::isDone);
    try {
      healed.get();
    } catch (ExecutionException e) {
      throw new NodeError("the killed node did not come back: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeError("interrupted", e);
    }
  }
}
