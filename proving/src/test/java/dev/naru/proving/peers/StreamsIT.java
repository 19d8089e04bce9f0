package dev.naru.proving.peers;

import static dev.naru.proving.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kafka Streams, with everything that it asks of a broker, and with its own death. */
@Tag("once")
class StreamsIT {
  private static String bootstrap;
  private static Admin admin;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  /**
   * The second death takes the state with it, so that all of it comes back from the changelogs. The
   * process also stands still until its transactions are aborted under its hands.
   */
  @Test
  void whatIsProcessedExactlyOnceSurvivesTheDeathOfTheProcessAndOfItsState() {
    try (StreamsRun run = new StreamsRun(admin, bootstrap, "exactly_once_v2")) {
      run.start();
      run.feedUntilCounted(1_000);
      run.killAndStart();
      run.feedUntilCounted(2_500);
      run.stallUntilAborted();
      run.feedUntilCounted(3_000);
      run.killForgetAndStart();
      run.feedUntilCounted(4_000);
      run.feedUntilPurged();
      run.stop();
      assertOutputs(run);
      assertInternalTopics(run);
    }
  }

  @Test
  void whatIsProcessedAtLeastOnceIsProcessedOnceWhenEveryProcessEndsWell() {
    try (StreamsRun run = new StreamsRun(admin, bootstrap, "at_least_once")) {
      run.start();
      run.feedUntilCounted(1_000);
      run.stop();
      run.start();
      run.feedUntilCounted(2_500);
      run.stop();
      assertOutputs(run);
    }
  }

  /** Groups of the streams protocol (KIP-1071) are not there yet; the node says so, and clearly. */
  @Test
  void theStreamsGroupProtocolIsRefusedAsUnsupported() throws IOException {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    String from = Clients.createTopic(admin, "streams-protocol", 1);
    Path directory = SharedNode.newDirectory("streams-protocol");
    Path log = directory.resolve("streams.log");
    try (Peer app =
        Peer.logging(
            log.toFile(),
            "StreamsApp",
            bootstrap,
            from,
            "at_least_once",
            "streams",
            directory.toString(),
            from,
            from)) {
      assertNotEquals(0, app.awaitExit());
    }
    String said = Files.readString(log);
    assertTrue(said.contains("UnsupportedVersionException"), said);
  }

  private static void assertOutputs(StreamsRun run) {
    assertCopied(run);
    assertEquals(run.expectedCounts(), longsByKey(run.output("counted")));
    assertEquals(run.expectedSums(), longsByKey(run.output("summed")));
  }

  /**
   * The copy of every partition is in the order of the original, with its timestamps and headers.
   */
  private static void assertCopied(StreamsRun run) {
    Map<Integer, List<String>> expected = new TreeMap<>();
    Map<Integer, List<String>> copied = new TreeMap<>();
    for (int p = 0; p < StreamsRun.PARTITIONS; p++) {
      TopicPartition source = new TopicPartition(run.source(), p);
      expected.put(p, texts(Clients.readAll(bootstrap, "read_committed", source)));
      TopicPartition copy = new TopicPartition(run.output("copied"), p);
      copied.put(p, texts(Clients.readAll(bootstrap, "read_committed", copy)));
    }
    assertEquals(run.sent(), expected.values().stream().mapToInt(List::size).sum());
    assertEquals(expected, copied);
  }

  private static List<String> texts(List<ConsumerRecord<String, String>> records) {
    return records.stream()
        .map(
            r ->
                r.timestamp()
                    + " "
                    + r.key()
                    + " "
                    + r.value().toUpperCase(Locale.ROOT)
                    + " "
                    + r.headers())
        .toList();
  }

  private static Map<String, List<Long>> longsByKey(String topic) {
    return StreamsRun.readLongs(bootstrap, topic).stream()
        .collect(
            Collectors.groupingBy(
                ConsumerRecord::key,
                TreeMap::new,
                Collectors.mapping(ConsumerRecord::value, Collectors.toList())));
  }

  /** Streams makes its own topics with the configs that it needs. */
  private static void assertInternalTopics(StreamsRun run) {
    Map<String, String> expected =
        Map.of(
            run.id() + "-counts-changelog", "compact",
            run.id() + "-by-word-repartition", "delete",
            run.id() + "-sums-changelog", "compact,delete");
    Set<String> internal =
        get(admin.listTopics().names()).stream()
            .filter(name -> name.startsWith(run.id() + "-"))
            .filter(name -> name.endsWith("-changelog") || name.endsWith("-repartition"))
            .collect(Collectors.toSet());
    assertEquals(expected.keySet(), internal);
    List<ConfigResource> resources = new ArrayList<>();
    internal.forEach(name -> resources.add(new ConfigResource(ConfigResource.Type.TOPIC, name)));
    get(admin.describeConfigs(resources).all())
        .forEach(
            (resource, config) ->
                assertEquals(expected.get(resource.name()), config.get("cleanup.policy").value()));
  }
}
