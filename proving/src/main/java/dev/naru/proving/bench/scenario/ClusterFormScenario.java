package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.ClusterFirstServed;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.node.BenchCluster;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Three nodes on empty directories become a cluster: from the start of the processes to a topic
 * that was made, a record that went in with acks=all and came out; then memory and threads of a
 * node that rests, the mean of the three. Apache Kafka's directories are formatted before the clock
 * runs.
 */
final class ClusterFormScenario implements Scenario {
  @Override
  public String name() {
    return "cluster/form";
  }

  @Override
  public String title() {
    return "three nodes started to first served produce and fetch; memory of one at rest";
  }

  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchCluster cluster = trial.newCluster();
    cluster.prepare();
    long startNs = System.nanoTime();
    cluster.launch();
    Topic topic = ClusterFirstServed.await(cluster.ports(), cluster.newName(), cluster::isAlive);
    long servedNs = System.nanoTime() - startNs;
    Figures figures =
        new Figures()
            .put(Measure.START, servedNs / (double) TimeUnit.MILLISECONDS.toNanos(1))
            .put(Measure.CPU, cluster.cpuSeconds());
    cluster.nodes().forEach(TestNode::awaitReady);
    cluster.awaitWhole(topic);
    // Twice as long as a single node: the nodes still settle things among themselves.
    BenchNode.pause(2 * trial.scale().rest().toMillis());
    figures
        .put(Measure.RESIDENT, cluster.mean(ProcessMeter::residentMb))
        .put(Measure.PROPORTIONAL, cluster.mean(ProcessMeter::proportionalMb))
        .put(Measure.THREADS, cluster.mean(ProcessMeter::threads));
    cluster.verification().check(topic, 1, 1);
    return figures;
  }
}
