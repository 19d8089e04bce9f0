package dev.naru.proving.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients over TLS: what they send comes back, to those and from those that it should. */
class TlsIT {
  private static TlsNode tls;
  private static Admin plain;

  @BeforeAll
  static void start() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    tls = new TlsNode();
    plain = Clients.admin(tls.node.bootstrap());
  }

  @AfterAll
  static void stop() {
    if (tls != null) {
      plain.close();
      tls.close();
    }
  }

  private static Map<String, String> trusting() {
    return tls.authority.trusting();
  }

  private static Admin admin(String bootstrap, Map<String, String> settings) {
    Map<String, Object> config = new HashMap<>(settings);
    config.put("bootstrap.servers", bootstrap);
    return Admin.create(config);
  }

  private static void send(String bootstrap, Map<String, String> settings, String topic, int n) {
    try (Producer<String, String> producer = Clients.producer(bootstrap, TlsNode.pairs(settings))) {
      IntStream.range(0, n)
          .mapToObj(i -> producer.send(new ProducerRecord<>(topic, 0, "k" + i, "v" + i)))
          .toList()
          .forEach(Clients::get);
    }
  }

  private static List<String> read(
      String bootstrap, Map<String, String> settings, String topic, int n) {
    try (Consumer<String, String> consumer =
        Clients.consumer(
            bootstrap, TlsNode.pairs(settings, "group.id", Clients.unique("tls-group")))) {
      consumer.subscribe(List.of(topic));
      return Clients.poll(consumer, n).stream().map(ConsumerRecord::value).toList();
    }
  }

  private static List<String> values(int n) {
    return IntStream.range(0, n).mapToObj(i -> "v" + i).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void bothVersionsOfTlsAreSpoken(String version) {
    Map<String, String> settings =
        TlsNode.all(trusting(), Map.of("ssl.enabled.protocols", version));
    try (Admin admin = admin(tls.tls(), settings)) {
      String topic = Clients.createTopic(admin, "tls", 1);
      send(tls.tls(), settings, topic, 100);
      assertEquals(values(100), read(tls.tls(), settings, topic, 100));
    }
  }

  @Test
  void theCertificateIsForTheNameThatClientsUse() {
    String topic = Clients.createTopic(plain, "tls-localhost", 1);
    send("localhost:" + tls.node.tlsPort(), trusting(), topic, 1);
    assertRefused(tls.elsewhere(), trusting(), topic);
    // The refusal is the client's, for the name; without a look at it, all is well.
    send(
        tls.elsewhere(),
        TlsNode.all(trusting(), Map.of("ssl.endpoint.identification.algorithm", "")),
        topic,
        1);
  }

  private static void assertRefused(String bootstrap, Map<String, String> settings, String topic) {
    try (Producer<String, String> producer =
        Clients.producer(bootstrap, TlsNode.pairs(settings, "max.block.ms", 20_000))) {
      Throwable refusal =
          assertThrows(
                  Clients.Failed.class,
                  () -> Clients.get(producer.send(new ProducerRecord<>(topic, "v"))))
              .getCause();
      assertInstanceOf(SslAuthenticationException.class, refusal);
    }
  }

  @Test
  void whoMustShowACertificateShowsOneThatIsTrusted() {
    String topic = Clients.createTopic(plain, "tls-mutual", 1);
    Path ours = tls.authority.issue("client");
    Authority strangers = Authority.create(tls.files, "strangers-ca");
    Path theirs = strangers.issue("stranger");

    assertRefused(tls.mutual(), trusting(), topic);
    assertRefused(tls.mutual(), TlsNode.all(trusting(), Authority.showing(theirs)), topic);
    Map<String, String> shown = TlsNode.all(trusting(), Authority.showing(ours));
    send(tls.mutual(), shown, topic, 10);
    assertEquals(values(10), read(tls.mutual(), shown, topic, 10));
    // A client may have its key in PEM, too.
    Map<String, String> pem =
        TlsNode.all(
            trusting(),
            Map.of(
                "ssl.keystore.type",
                "PEM",
                "ssl.keystore.location",
                Authority.pem(ours, "client").toString()));
    assertEquals(values(10), read(tls.mutual(), pem, topic, 10));
  }

  @Test
  void clientsAreToldTheListenerThatTheyCameInBy() {
    String topic = Clients.createTopic(plain, "tls-both", 1);
    send(tls.node.bootstrap(), Map.of(), topic, 5);
    assertEquals(values(5), read(tls.tls(), trusting(), topic, 5));
    try (Admin admin = admin(tls.tls(), trusting())) {
      assertEquals(tls.node.tlsPort(), onlyPort(admin));
      assertEquals(tls.node.port(), onlyPort(plain));
      int leader =
          Clients.get(admin.describeTopics(List.of(topic)).allTopicNames())
              .get(topic)
              .partitions()
              .get(0)
              .leader()
              .port();
      assertEquals(tls.node.tlsPort(), leader);
    }
  }

  private static int onlyPort(Admin admin) {
    var nodes = Clients.get(admin.describeCluster().nodes());
    assertEquals(1, nodes.size());
    return nodes.iterator().next().port();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 900_000})
  void manyMegabytesArriveAsTheyWereSent(int recordBytes) {
    int count = 40_000_000 / recordBytes;
    String topic = Clients.createTopic(plain, "tls-large", 1, "max.message.bytes", "2000000");
    try (Producer<String, String> producer =
        Clients.producer(tls.tls(), TlsNode.pairs(trusting(), "linger.ms", 20))) {
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(topic, 0, null, value(i, recordBytes)));
      }
    }
    int fetched = 45_000_000;
    try (Consumer<String, String> consumer =
        Clients.consumer(
            tls.tls(),
            TlsNode.pairs(
                trusting(),
                "fetch.max.bytes",
                fetched,
                "max.partition.fetch.bytes",
                fetched,
                // One answer has all of it.
                "fetch.min.bytes",
                40_000_000,
                "fetch.max.wait.ms",
                5_000,
                "max.poll.records",
                count))) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      List<ConsumerRecord<String, String>> records = Clients.poll(consumer, count);
      assertEquals(count, records.size());
      for (int i = 0; i < count; i++) {
        assertEquals(value(i, recordBytes), records.get(i).value(), () -> "a record differs");
      }
    }
  }

  private static String value(int i, int bytes) {
    String begin = i + ":";
    return begin + Character.toString('a' + i % 26).repeat(bytes - begin.length());
  }

  @Test
  void kcatSpeaksToIt() {
    String topic = Clients.createTopic(plain, "tls-kcat", 1);
    List<String> target = List.of("-b", "localhost:" + tls.node.tlsPort(), "-t", topic);
    kcat(target, "one\ntwo\n", "-P");
    assertEquals(List.of("one", "two"), kcat(target, "", "-C", "-e", "-q"));
  }

  private static List<String> kcat(List<String> target, String input, String... more) {
    List<String> command = new ArrayList<>(List.of("kcat"));
    command.addAll(target);
    command.addAll(List.of("-X", "security.protocol=ssl"));
    command.addAll(List.of("-X", "ssl.ca.location=" + tls.authority.certificate()));
    command.addAll(List.of(more));
    return Scripts.run(Path.of("."), Map.of(), command, input);
  }

  @Test
  void theCommandLineSpeaksToItWithAFileOfProperties() throws Exception {
    String topic = Clients.createTopic(plain, "tls-command", 1);
    Properties properties = new Properties();
    properties.putAll(trusting());
    Path file = tls.files.resolve("client.properties");
    try (var out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("topic", "list", "--bootstrap", tls.tls()));
    command.addAll(List.of("--command-config", file.toString()));
    List<String> lines = Scripts.run(Path.of("."), Map.of(), command);
    assertTrue(lines.stream().anyMatch(line -> line.startsWith(topic)), lines::toString);
  }

  @Test
  void kafkaPythonSpeaksToIt() {
    String topic = Clients.createTopic(plain, "tls-python", 1);
    List<String> lines =
        Scripts.python("tls.py", tls.tls(), tls.authority.certificate().toString(), topic, "20");
    assertEquals(values(20), lines);
  }

  @Test
  void aKeyStoreIsReplacedWhileTheNodeRuns() throws Exception {
    Path other = Authority.create(tls.files.resolve("renewed"), "naru-ca-2").issue("node");
    String option = "listener.name.renewed.ssl.keystore.location";
    ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, "1");
    var before = TlsPeer.certificateAt(tls.renewedPort);

    Throwable missing =
        Clients.errorOf(
            plain
                .incrementalAlterConfigs(Map.of(node, List.of(set(option, "/no/such.p12"))))
                .all());
    assertInstanceOf(InvalidRequestException.class, missing);
    assertTrue(missing.getMessage().contains(option), missing.getMessage());
    // As in Kafka, another subject needs a permission, which this listener has not.
    Throwable renamed =
        Clients.errorOf(
            plain
                .incrementalAlterConfigs(Map.of(node, List.of(set(option, other.toString()))))
                .all());
    assertInstanceOf(InvalidRequestException.class, renamed);
    assertEquals(before, TlsPeer.certificateAt(tls.renewedPort));

    Path again = Authority.create(tls.files.resolve("again"), "naru-ca").issue("renewed");
    Clients.get(
        plain.incrementalAlterConfigs(Map.of(node, List.of(set(option, again.toString())))).all());
    Clients.await(
        "the new certificate", () -> !TlsPeer.certificateAt(tls.renewedPort).equals(before));
    var second = TlsPeer.certificateAt(tls.renewedPort);
    assertNotEquals(before, second);

    // The same path again says that there is something else in the file.
    Path third = Authority.create(tls.files.resolve("once-more"), "naru-ca").issue("renewed");
    Files.copy(third, again, StandardCopyOption.REPLACE_EXISTING);
    Clients.get(
        plain.incrementalAlterConfigs(Map.of(node, List.of(set(option, again.toString())))).all());
    Clients.await(
        "the third certificate", () -> !TlsPeer.certificateAt(tls.renewedPort).equals(second));
    assertSecretsAreKept(node);
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  private static void assertSecretsAreKept(ConfigResource node) {
    Collection<ConfigEntry> entries =
        Clients.get(plain.describeConfigs(List.of(node)).all()).get(node).entries();
    int secrets = 0;
    for (ConfigEntry entry : entries) {
      assertTrue(!String.valueOf(entry.value()).contains(Authority.PASSWORD), entry.name());
      if (entry.name().endsWith("ssl.keystore.password")) {
        secrets++;
        assertTrue(entry.isSensitive(), entry.name());
        assertNull(entry.value(), entry.name());
      }
    }
    assertEquals(2, secrets);
  }
}
