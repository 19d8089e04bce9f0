package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.bookkeeper.TestLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A first node alone is a cluster. */
class OneNodeTest {
  private static final LogId PARTITION = new LogId(new Uuid(1, 2), 3);
  private static final LogId GENERATION = new LogId(Uuid.METADATA_TOPIC_ID, 7);

  @TempDir private Path directory;

  @Test
  void findsEverythingAfterARestart() throws Exception {
    HostPort address = TestNodes.freeAddresses(1).get(0);
    ClusterSettings settings = TestNodes.settings(1, address, List.of(address), directory).build();
    String clusterId;
    try (ClusterStorage node = ClusterStorage.open(settings)) {
      clusterId = node.clusterId();
      TestLog.append(node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS), 0, "a");
      assertEquals(Set.of(), node.metadataLogs().ids());
      TestLog.append(node.metadataLogs().openOrCreate(GENERATION, LogConfig.DEFAULTS), 0, "m");
      assertEquals(Set.of(PARTITION), node.logs().ids());
      assertEquals(Set.of(GENERATION), node.metadataLogs().ids());
    }
    try (ClusterStorage node = ClusterStorage.open(settings)) {
      assertEquals(clusterId, node.clusterId());
      assertEquals(Set.of(), node.logs().ids(), "nothing is owned yet");
      assertEquals(Set.of(GENERATION), node.metadataLogs().ids());
      assertEquals(
          List.of("a"), TestLog.values(node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS)));
      assertEquals(
          List.of("m"),
          TestLog.values(node.metadataLogs().openOrCreate(GENERATION, LogConfig.DEFAULTS)));
      node.metadataLogs().delete(GENERATION);
      assertEquals(Set.of(), node.metadataLogs().ids());
    }
  }
}
