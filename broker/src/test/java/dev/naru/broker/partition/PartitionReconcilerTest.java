package dev.naru.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.LiveConfigs;
import dev.naru.broker.group.GroupConfigRules;
import dev.naru.broker.metadata.AdminController.ConfigChange;
import dev.naru.broker.metadata.ControllerService;
import dev.naru.broker.metadata.LogRecordStore;
import dev.naru.broker.metadata.MetadataLog;
import dev.naru.broker.metadata.MetadataPublisher;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.log.AppendSpec;
import dev.naru.log.Disk;
import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.LogStore;
import dev.naru.log.LogStoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata, the reconciler and the logs of one node, over real files. */
class PartitionReconcilerTest {
  @TempDir Path directory;

  private ExecutorService workers;
  private ExecutorService metadataThread;
  private LogStore store;
  private PartitionRegistry registry;
  private MetadataView view;
  private ControllerService controller;

  @BeforeEach
  void start() {
    workers = Executors.newFixedThreadPool(4);
    metadataThread = MetadataPublisher.newThread();
    // Most of these tests restart; OS keeps them off the disk's cache flushes.
    BrokerConfig config = BrokerConfig.of(Map.of("durability", "os"));
    store = LogStore.open(Disk.real(), directory, System::currentTimeMillis);
    view = new MetadataView(1, "cluster");
    registry = new PartitionRegistry();
    LiveConfigs configs = new LiveConfigs(config);
    MetadataLog log =
        MetadataLog.open(
            new LogRecordStore(store, config.durability()),
            view,
            ControllerService.bootstrap(),
            metadataThread,
            System::currentTimeMillis);
    done(log.addListener(new PartitionReconciler(1, registry, store, configs, workers, 4, false)));
    controller = new ControllerService(log, configs, new GroupConfigRules(config));
  }

  @AfterEach
  void stop() throws InterruptedException {
    metadataThread.shutdown();
    assertTrue(metadataThread.awaitTermination(10, TimeUnit.SECONDS));
    workers.shutdown();
    assertTrue(workers.awaitTermination(10, TimeUnit.SECONDS));
    store.close();
  }

  @Test
  void aTopicCanBeWrittenWhenItsCreationIsAnswered() {
    done(controller.ensureTopic("pages", 3, Map.of("segment.bytes", "2097152")));
    for (int partition = 0; partition < 3; partition++) {
      Partition open = registry.get(new TopicPartition("pages", partition));
      assertEquals(2_097_152, open.log().config().segmentBytes());
      assertEquals(0, open.leaderEpoch());
    }
    grow("pages", 5);
    assertNotNull(registry.get(new TopicPartition("pages", 4)));
  }

  @Test
  void recordsAndTopicsSurviveARestart() throws InterruptedException {
    Uuid id = done(controller.ensureTopic("pages", 2, Map.of()));
    done(controller.ensureTopic("gone", 1, Map.of()));
    append(registry.get(new TopicPartition("pages", 1)));
    done(controller.deleteTopics(Set.of(view.topic("gone").id())));

    stop();
    start();

    assertEquals(id, view.topic("pages").id());
    assertEquals(1, registry.get(new TopicPartition("pages", 1)).log().logEndOffset());
    assertEquals(0, registry.get(new TopicPartition("pages", 0)).log().logEndOffset());
    assertNull(view.topic("gone"));
    assertEquals(2, registry.all().size());
  }

  @Test
  void aTopicThatIsDeletedAndMadeAgainIsEmpty() {
    Uuid id = done(controller.ensureTopic("pages", 1, Map.of()));
    append(registry.get(new TopicPartition("pages", 0)));
    done(controller.deleteTopics(Set.of(id)));
    assertNull(registry.get(new TopicPartition("pages", 0)));
    assertFalse(store.ids().contains(new LogId(id, 0)));
    done(controller.ensureTopic("pages", 1, Map.of()));
    assertEquals(0, registry.get(new TopicPartition("pages", 0)).log().logEndOffset());
  }

  @Test
  void changedConfigsReachTheLogs() {
    done(controller.ensureTopic("pages", 1, Map.of()));
    Partition partition = registry.get(new TopicPartition("pages", 0));
    alter(ConfigResource.Type.TOPIC, "pages", "max.message.bytes", "2000");
    assertEquals(2000, partition.settings().maxMessageBytes());
    alter(ConfigResource.Type.BROKER, "", "log.retention.ms", "7000");
    assertEquals(7000, partition.log().config().retentionMs());
    assertEquals(2000, partition.settings().maxMessageBytes());
  }

  @Test
  void deletionsThatACrashInterruptedAreFinishedAtTheStart() throws InterruptedException {
    done(controller.ensureTopic("pages", 1, Map.of()));
    LogId orphan = new LogId(Uuid.randomUuid(), 0);
    store.openOrCreate(orphan, LogConfig.DEFAULTS).append(records(), AppendSpec.client(0, 1));
    stop();
    start();
    assertFalse(store.ids().contains(orphan));
    assertNotNull(registry.get(new TopicPartition("pages", 0)));
  }

  @Test
  void partitionsWithoutMetadataAreNotMistakenForOrphans() throws InterruptedException {
    done(controller.ensureTopic("pages", 1, Map.of()));
    append(registry.get(new TopicPartition("pages", 0)));
    for (LogId id : store.ids()) {
      if (id.topicId().equals(LogRecordStore.TOPIC_ID)) {
        store.delete(id);
      }
    }
    stop();
    LogStoreException e = assertThrows(LogStoreException.class, this::start);
    assertTrue(e.getMessage().contains("no metadata"), e.getMessage());
  }

  @Test
  void opensFiveThousandPartitionsAgainWithoutAThreadForEach() throws InterruptedException {
    for (int topic = 0; topic < 5; topic++) {
      done(controller.ensureTopic("t" + topic, 1000, Map.of()));
    }
    append(registry.get(new TopicPartition("t3", 999)));
    int threads = Thread.activeCount();
    stop();
    start();
    assertEquals(5000, registry.all().size());
    assertEquals(1, registry.get(new TopicPartition("t3", 999)).log().logEndOffset());
    // Four more at most: reader threads, which all logs share, come and go.
    assertTrue(Thread.activeCount() <= threads + 4, "threads: " + Thread.activeCount());
  }

  @Test
  void theMetadataLogIsRewrittenWhenItOutgrowsTheState() throws InterruptedException {
    // A rewrite comes after 20,000 records.
    for (int round = 0; round < 30; round++) {
      Map<ConfigResource, Map<String, ConfigChange>> changes = new HashMap<>();
      for (int group = 0; group < 1000; group++) {
        changes.put(
            new ConfigResource(ConfigResource.Type.GROUP, "g" + group),
            Map.of(
                "consumer.session.timeout.ms",
                new ConfigChange(OpType.SET, Integer.toString(45_000 + round))));
      }
      done(controller.incrementalAlterConfigs(changes, false));
    }
    assertTrue(metadataGeneration() > 0, "never rewritten");
    stop();
    start();
    assertEquals(1, store.ids().stream().filter(this::isMetadata).count());
    var group = new ConfigResource(ConfigResource.Type.GROUP, "g999");
    assertEquals(
        Map.of("consumer.session.timeout.ms", "45029"),
        view.image().configs().configMapForResource(group));
  }

  private int metadataGeneration() {
    return store.ids().stream()
        .filter(this::isMetadata)
        .mapToInt(LogId::partition)
        .max()
        .orElse(-1);
  }

  private boolean isMetadata(LogId id) {
    return id.topicId().equals(LogRecordStore.TOPIC_ID);
  }

  private static void append(Partition partition) {
    partition.log().append(records(), AppendSpec.client(0, System.currentTimeMillis()));
  }

  private static ByteBuffer records() {
    SimpleRecord record = new SimpleRecord("x".getBytes(StandardCharsets.UTF_8));
    return MemoryRecords.withRecords(Compression.NONE, record).buffer();
  }

  private void grow(String name, int count) {
    CreatePartitionsRequestData request = new CreatePartitionsRequestData();
    request
        .topics()
        .add(new CreatePartitionsTopic().setName(name).setCount(count).setAssignments(null));
    assertEquals(0, done(controller.createPartitions(request)).results().get(0).errorCode());
  }

  private void alter(ConfigResource.Type type, String resource, String name, String value) {
    var key = new ConfigResource(type, resource);
    var results =
        done(
            controller.incrementalAlterConfigs(
                Map.of(key, Map.of(name, new ConfigChange(OpType.SET, value))), false));
    assertTrue(results.get(key).isSuccess(), results.get(key).toString());
  }

  private static <T> T done(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
