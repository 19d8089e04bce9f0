package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.load.BatchShape;
import dev.naru.proving.bench.scenario.ProduceScenario.ProduceCell;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.record.internal.CompressionType;

/** The table of all scenarios, in the order in which they run and are shown. */
public final class Scenarios {
  private static final int[] RECORD_BYTES = {100, 1_000, 10_000};
  private static final short[] ACKS = {-1, 1};
  private static final int[] PARTITIONS = {1, 100, 1_000};
  private static final int[] CONNECTIONS = {1, 16, 200};
  private static final int[] RATES = {1_000, 10_000, 50_000};
  private static final int[] CLUSTER_RATES = {1_000, 5_000};
  private static final CompressionType[] CODECS = {
    CompressionType.NONE, CompressionType.LZ4, CompressionType.ZSTD
  };

  private Scenarios() {}

  /** Those with one node. */
  public static List<Scenario> all() {
    List<Scenario> all = new ArrayList<>();
    all.add(new StartScenario(true));
    all.add(new StartScenario(false));
    all.add(new IdleScenario());
    all.addAll(produce());
    all.add(new ProduceClientsScenario());
    all.add(new ConsumeScenario(1));
    all.add(new ConsumeScenario(10));
    all.add(new ConsumeScenario(100));
    all.add(new ConsumeClientsScenario());
    all.add(new TailScenario(1));
    all.add(new TailScenario(10));
    all.add(new ColdConsumeScenario());
    all.add(smallRequests());
    for (int recordsPerSecond : RATES) {
      all.add(new LatencyScenario(recordsPerSecond));
    }
    all.add(new EndToEndScenario());
    all.add(new MixedScenario());
    all.add(new TransactionsScenario());
    all.add(new GroupScenario(GroupScenario.Protocol.CLASSIC));
    all.add(new GroupScenario(GroupScenario.Protocol.CONSUMER));
    all.add(new PartitionsScenario());
    all.add(new ConnectionsScenario());
    all.add(new RecoveryScenario());
    all.add(new TlsScenario(TlsScenario.Direction.PRODUCE));
    all.add(new TlsScenario(TlsScenario.Direction.CONSUME));
    return all;
  }

  /** Those of {@code --cluster}. */
  public static List<Scenario> ofClusters() {
    List<Scenario> all = new ArrayList<>();
    all.add(new ClusterFormScenario());
    all.add(new ClusterThroughputScenario());
    for (int recordsPerSecond : CLUSTER_RATES) {
      all.add(new ClusterLatencyScenario(recordsPerSecond));
    }
    all.add(new ClusterKillScenario());
    all.add(new ClusterJoinScenario());
    all.add(new ClusterTakeoverScenario());
    return all;
  }

  /** Those of {@code --flows}. */
  public static List<Scenario> ofFlows() {
    List<Scenario> all = new ArrayList<>();
    for (FlowIdleScenario.Past past : FlowIdleScenario.Past.values()) {
      all.add(new FlowIdleScenario(past));
    }
    all.add(new FlowConnectScenario());
    all.add(new FlowCrawlerScenario());
    all.add(new FlowCrawlerMemoryScenario());
    all.add(new FlowJdbcSinkScenario());
    all.add(new FlowCaptureScenario());
    return all;
  }

  /**
   * Every combination; usual are those that differ from 1 KB, acks=all, 100 partitions, 16
   * connections, uncompressed in one thing at most.
   */
  private static List<Scenario> produce() {
    List<ProduceScenario> all = new ArrayList<>();
    for (int recordBytes : RECORD_BYTES) {
      for (short acks : ACKS) {
        for (int partitions : PARTITIONS) {
          for (int connections : CONNECTIONS) {
            for (CompressionType codec : CODECS) {
              all.add(produce(recordBytes, acks, partitions, connections, codec));
            }
          }
        }
      }
    }
    all.sort(Comparator.comparingInt(ProduceScenario::distance));
    return List.copyOf(all);
  }

  /** Producers that do not wait for more: one record to a request. */
  private static Scenario smallRequests() {
    return new ProduceScenario(
        "small-requests",
        "produce one record of 100 B per request, acks=all, 16 partitions, 16 connections",
        new ProduceCell(BatchShape.usual(100).withRecords(1), (short) -1, 16, 16),
        0);
  }

  private static ProduceScenario produce(
      int recordBytes, short acks, int partitions, int connections, CompressionType codec) {
    List<String> different = new ArrayList<>();
    if (recordBytes != 1_000) {
      different.add(size(recordBytes).replace(" ", "").toLowerCase(java.util.Locale.ROOT));
    }
    if (acks != -1) {
      different.add("acks-1");
    }
    if (partitions != 100) {
      different.add("partitions-" + partitions);
    }
    if (connections != 16) {
      different.add("connections-" + connections);
    }
    if (codec != CompressionType.NONE) {
      different.add(codec.name);
    }
    String title =
        "produce %s records, acks=%s, %d partition%s, %d connection%s%s"
            .formatted(
                size(recordBytes),
                acks == 1 ? "1" : "all",
                partitions,
                partitions == 1 ? "" : "s",
                connections,
                connections == 1 ? "" : "s",
                codec == CompressionType.NONE ? "" : ", " + codec.name);
    BatchShape shape = BatchShape.usual(recordBytes).withCodec(codec);
    return new ProduceScenario(
        "produce/" + (different.isEmpty() ? "all" : String.join("+", different)),
        title,
        new ProduceCell(shape, acks, partitions, connections),
        different.size());
  }

  private static String size(int bytes) {
    return bytes < 1_000 ? bytes + " B" : bytes / 1_000 + " KB";
  }
}
