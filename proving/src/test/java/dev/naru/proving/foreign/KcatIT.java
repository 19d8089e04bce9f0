package dev.naru.proving.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** kcat, beyond what it writes and reads in the {@link ExchangeIT exchange}. */
@Tag("once")
class KcatIT {
  /** One minute for each offset, beginning with this one. */
  private static final long FIRST_MS = System.currentTimeMillis() - 3_600_000;

  private static String bootstrap;
  private static Admin admin;
  private static String topic;

  @BeforeAll
  static void connect() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
    topic = Topics.filled(admin, bootstrap, "kcat", 1, 100, FIRST_MS);
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static List<String> kcat(String... arguments) {
    return Kcat.run(bootstrap, "", arguments);
  }

  private static List<String> values(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "v" + i).toList();
  }

  @Test
  void metadataNameTheBrokerAndEveryPartition() {
    String three = Clients.createTopic(admin, "kcat-metadata", 3);
    List<String> all = kcat("-L");
    assertTrue(all.contains("  topic \"" + three + "\" with 3 partitions:"), all::toString);
    List<String> one = kcat("-L", "-t", three);
    assertTrue(
        one.stream().anyMatch(l -> l.contains(" at " + bootstrap + " (controller)")),
        one::toString);
    long leaders =
        one.stream()
            .filter(l -> l.matches(" +partition [012], leader (\\d+), replicas: \\1, isrs: \\1"))
            .count();
    assertEquals(3, leaders, one::toString);
  }

  @Test
  void aQueryFindsTheOffsetOfATimestamp() {
    assertEquals(
        List.of(topic + " [0] offset 42"), kcat("-Q", "-t", topic + ":0:" + (FIRST_MS + 41_001)));
    assertEquals(List.of(topic + " [0] offset 0"), kcat("-Q", "-t", topic + ":0:-2"));
    assertEquals(List.of(topic + " [0] offset 100"), kcat("-Q", "-t", topic + ":0:-1"));
  }

  @Test
  void everyWayToNameAnOffsetBeginsThere() {
    assertEquals(values(0, 100), from("beginning"));
    assertEquals(List.of(), from("end"));
    assertEquals(values(93, 100), from("-7"));
    assertEquals(values(42, 100), from("42"));
    assertEquals(values(42, 100), from("s@" + (FIRST_MS + 41_001)));
    assertEquals(
        values(42, 50), from("s@" + (FIRST_MS + 41_001), "-o", "e@" + (FIRST_MS + 50_000)));
    assertEquals(values(10, 15), from("10", "-c", "5"));
  }

  private static List<String> from(String offset, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("-C", "-t", topic, "-p", "0", "-e", "-q", "-o", offset));
    arguments.addAll(List.of(more));
    return kcat(arguments.toArray(String[]::new));
  }

  @Test
  void aGroupGoesOnWhereItStopped() {
    String group = Clients.unique("kcat-group");
    String[] arguments = {"-G", group, "-e", "-q", "-X", "auto.offset.reset=earliest", topic};
    assertEquals(values(0, 100), kcat(arguments));
    assertEquals(Map.of(0, "100"), Topics.committed(admin, group, topic));
    String more = Topics.filled(admin, bootstrap, "kcat-more", 2, 20);
    arguments[arguments.length - 1] = more;
    assertEquals(
        values(0, 20).stream().collect(Collectors.toSet()),
        kcat(arguments).stream().collect(Collectors.toSet()));
    assertEquals(List.of(), kcat(arguments));
    assertEquals(Map.of(0, "10", 1, "10"), Topics.committed(admin, group, more));
  }

  @Test
  void whatATransactionWritesIsThereAsAWhole() {
    String target = Clients.createTopic(admin, "kcat-transaction", 1);
    String input = values(0, 50).stream().collect(Collectors.joining("\n", "", "\n"));
    Kcat.run(
        bootstrap, input, "-P", "-t", target, "-X", "transactional.id=" + Clients.unique("kcat"));
    assertEquals(values(0, 50), Topics.values(bootstrap, "read_committed", target, 0));
    assertEquals(
        values(0, 50),
        kcat(
            "-C",
            "-t",
            target,
            "-e",
            "-q",
            "-o",
            "beginning",
            "-X",
            "isolation.level=read_committed"));
  }
}
