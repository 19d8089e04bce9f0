package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scale;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.NodeError;
import dev.naru.proving.bench.load.ProduceFrames;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BareNode;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.bench.node.Window;
import java.io.IOException;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/** Produce at full speed: as many requests as are answered, five in flight on each connection. */
public final class ProduceScenario implements Scenario {
  /** {@code max.in.flight.requests.per.connection} of Kafka's producer. */
  static final int DEPTH = 5;

  private static final Set<String> QUICK = Set.of("produce/lz4", "produce/acks-1");

  private final String name;
  private final String title;
  private final ProduceCell cell;
  private final int distance;

  /**
   * @param distance in how many things the cell differs from the one in the middle of the matrix
   */
  ProduceScenario(String name, String title, ProduceCell cell, int distance) {
    this.name = name;
    this.title = title;
    this.cell = cell;
    this.distance = distance;
  }

  /**
   * One cell of the matrix.
   *
   * @param acks 1, or -1 for all
   */
  public record ProduceCell(BatchShape batch, short acks, int partitions, int connections) {
    private static final int PARTITIONS_PER_REQUEST_MAX = 16;

    /** With many partitions a producer's request has batches for several of them. */
    int partitionsPerRequest() {
      return Math.max(1, Math.min(PARTITIONS_PER_REQUEST_MAX, partitions / connections / DEPTH));
    }

    ProduceFrames frames(Topic topic) {
      int split = partitionsPerRequest();
      BatchShape shape = batch.withRecords(Math.max(1, batch.records() / split));
      return ProduceFrames.of(topic, shape, acks, split);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String title() {
    return title;
  }

  int distance() {
    return distance;
  }

  @Override
  public boolean isUsual() {
    return distance <= 1;
  }

  /** Of the matrix the cells in which the code goes another way. */
  @Override
  public boolean isQuick() {
    return distance == 0 || QUICK.contains(name);
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    BenchNode node = trial.node();
    Topic topic = node.createTopic(cell.partitions());
    Figures figures;
    long acknowledged;
    try (Wire wire = new Wire(node.port())) {
      ProduceTraffic traffic =
          ProduceTraffic.toKafka(wire, cell.frames(topic), cell.connections(), DEPTH);
      figures = measure(wire, traffic, trial.scale(), node.meter());
      acknowledged = traffic.recordsEver();
    }
    node.verification().check(topic, acknowledged);
    node.deleteTopic(topic);
    return figures;
  }

  static Figures measure(Wire wire, ProduceTraffic traffic, Scale scale, ProcessMeter meter)
      throws IOException {
    wire.run(scale.warmUp());
    traffic.reset();
    Window window = Window.open(meter);
    wire.run(scale.measured());
    Figures figures = new Figures().produced(traffic, window.close()).resident(meter);
    wire.drain();
    return figures;
  }

  @Override
  public boolean hasLimit() {
    return true;
  }

  @Override
  public boolean limitForces() {
    return cell.acks() != 1;
  }

  @Override
  public Figures runBare(BareNode bare, Scale scale) throws IOException {
    Topic topic = new Topic("bare", Uuid.ONE_UUID, cell.partitions());
    try (Wire wire = new Wire(bare.port())) {
      ProduceFrames frames = cell.frames(topic);
      ProduceTraffic traffic = ProduceTraffic.toBare(wire, frames, cell.connections(), DEPTH);
      Figures figures = measure(wire, traffic, scale, bare.meter());
      if (bare.storedBytes() < traffic.wireBytesEver()) {
        throw new NodeError("the bare server has not stored what it acknowledged");
      }
      return figures;
    }
  }
}
