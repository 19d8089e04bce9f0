package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.load.FetchTraffic;
import dev.naru.proving.bench.load.Filling;
import dev.naru.proving.bench.load.ProduceTraffic;
import dev.naru.proving.bench.load.Topic;
import dev.naru.proving.bench.load.Wire;
import dev.naru.proving.bench.node.BenchNode;
import dev.naru.proving.bench.scenario.ProduceScenario.ProduceCell;
import dev.naru.proving.tls.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The same as without TLS, over TLS 1.3: every contender with the same key and certificate. */
public final class TlsScenario implements Scenario {
  private static final int RECORD_BYTES = 1_000;
  private static final String HOLDER = "node";

  private final Direction direction;

  /** Which way the records go. */
  public enum Direction {
    PRODUCE,
    CONSUME
  }

  public TlsScenario(Direction direction) {
    this.direction = direction;
  }

  @Override
  public String name() {
    return "tls/" + direction.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String title() {
    return direction == Direction.PRODUCE
        ? "produce 1 KB records over TLS 1.3, acks=all, 100 partitions, 16 connections"
        : "consume 1 KB records over TLS 1.3 from the start, out of the page cache, 1 consumer";
  }

  /** Others have no listener with TLS. */
  @Override
  public boolean mayShareNode() {
    return false;
  }

  @Override
  public Figures run(Trial trial) throws IOException {
    Authority authority = Authority.in(trial.common("certificates"), "bench-ca");
    Path keys = authority.keys(HOLDER);
    if (!Files.exists(keys)) {
      authority.issue(HOLDER);
    }
    Map<String, String> settings = new HashMap<>(Authority.showing(keys));
    settings.put("listeners", "PLAINTEXT://127.0.0.1:{port},SSL://127.0.0.1:{tls-port}");
    settings.put("ssl.enabled.protocols", "TLSv1.3");
    BenchNode node = trial.node(settings);
    return direction == Direction.PRODUCE
        ? produce(trial, node, authority)
        : consume(trial, node, authority);
  }

  private static Figures produce(Trial trial, BenchNode node, Authority authority)
      throws IOException {
    ProduceCell cell = new ProduceCell(BatchShape.usual(RECORD_BYTES), (short) -1, 100, 16);
    Topic topic = node.createTopic(cell.partitions());
    Figures figures;
    long acknowledged;
    try (Wire wire = new Wire(node.process().tlsPort(), authority.context())) {
      ProduceTraffic traffic =
          ProduceTraffic.toKafka(
              wire, cell.frames(topic), cell.connections(), ProduceScenario.DEPTH);
      figures = ProduceScenario.measure(wire, traffic, trial.scale(), node.meter());
      acknowledged = traffic.recordsEver();
    }
    node.verification().check(topic, acknowledged);
    return figures;
  }

  private static Figures consume(Trial trial, BenchNode node, Authority authority)
      throws IOException {
    Topic topic = node.createTopic(1);
    BatchShape shape = BatchShape.usual(RECORD_BYTES);
    long bytes = trial.scale().consumeBytes();
    long records = Filling.fill(node.port(), topic, shape, (short) -1, bytes);
    node.verification().check(topic, records);
    try (Wire wire = new Wire(node.process().tlsPort(), authority.context())) {
      FetchTraffic traffic = FetchTraffic.fromKafka(wire, topic, 1).roundAndRound(records);
      return ConsumeScenario.measure(wire, traffic, trial.scale(), node.meter());
    }
  }
}
