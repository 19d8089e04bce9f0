package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Nodes that cannot belong to a cluster: one clear sentence, exit code 2, and the cluster goes on.
 */
@EnabledIfSystemProperty(named = "soak", matches = "true")
class ClusterInputIT {
  private static final int MISTAKE = 2;
  private static final int DEADLINE_S = 120;

  private static TestCluster cluster;

  private final Path directory = SharedNode.newDirectory("cluster-input");

  @BeforeAll
  static void startCluster() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
    cluster = new TestCluster(SharedNode.newDirectory("cluster-of-one"), 1, Map.of());
    cluster.start();
  }

  @AfterAll
  static void endCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** A node's command line; one option after the other can be changed. */
  private final class Start {
    private final Map<String, String> options = new TreeMap<>();

    Start() {
      options.put("--cluster", cluster.name());
      options.put("--node-id", "7");
      options.put("--join", cluster.join());
      options.put("--secret-file", cluster.secretFile().toString());
      options.put("--data", directory.resolve("data").toString());
      options.put("--listen", "127.0.0.1:" + FreePort.block(TestCluster.PORTS_PER_NODE));
    }

    Start with(String name, Object value) {
      options.put(name, value.toString());
      return this;
    }

    Start without(String name) {
      options.remove(name);
      return this;
    }

    /** What a start that fails said. */
    String refused() throws IOException, InterruptedException {
      List<String> command = new ArrayList<>(NaruCommand.java("-Xmx256m", "-XX:+UseSerialGC"));
      command.add("start");
      options.forEach((name, value) -> command.addAll(List.of(name, value)));
      Path log = Files.createTempFile(directory, "start", ".log");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        assertTrue(
            process.waitFor(DEADLINE_S, TimeUnit.SECONDS), () -> "the start went on: " + read(log));
      } finally {
        process.destroyForcibly();
      }
      String said = read(log);
      assertEquals(MISTAKE, process.exitValue(), said);
      assertEquals(1, said.lines().count(), said);
      assertTrue(said.startsWith("naru: "), said);
      assertTrue(cluster.node(1).isAlive());
      return said;
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertNames(String said, Object... what) {
    for (Object each : what) {
      assertTrue(said.contains(each.toString()), said);
    }
  }

  @Test
  void aNodeIdThatAnotherNodeHas() throws Exception {
    String said = new Start().with("--node-id", 1).refused();
    assertNames(said, "node", "1");
  }

  @Test
  void aClusterThatIsCalledOtherwise() throws Exception {
    String said = new Start().with("--cluster", "another").refused();
    assertNames(said, "another", cluster.name());
  }

  @Test
  void anotherSecret() throws Exception {
    Path secret =
        Files.createFile(
            directory.resolve("secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(secret, "this-is-not-the-secret-of-the-cluster-at-all");
    String said = new Start().with("--secret-file", secret).refused();
    assertNames(said, "secret");
    assertTrue(!said.contains("this-is-not"), said);
  }

  @Test
  void theDataOfAnotherCluster() throws Exception {
    try (TestCluster other = new TestCluster(directory.resolve("other"), 1, Map.of())) {
      other.start();
      ClusterNode node = other.node(1);
      node.stop();
      String said =
          new Start()
              .with("--node-id", node.id())
              .with("--listen", node.bootstrap())
              .with("--data", node.dataDirectory())
              .refused();
      assertNames(said, node.dataDirectory());
    }
  }

  @Test
  void theDataOfANodeThatRuns() throws Exception {
    ClusterNode node = cluster.node(1);
    String said = new Start().with("--data", node.dataDirectory()).refused();
    assertNames(said, node.dataDirectory());
    said = new Start().with("--data", node.dataDirectory()).with("--node-id", node.id()).refused();
    assertNames(said, node.dataDirectory());
  }

  @Test
  void theDataOfANodeWithoutACluster() throws Exception {
    try (TestNode single =
        TestNode.create(TestNode.Kind.NARU, directory.resolve("single"), Map.of())) {
      single.start();
      single.stop();
      String said = new Start().with("--data", single.dataDirectory()).refused();
      assertNames(said, single.dataDirectory());
    }
  }

  @Test
  void theDataOfAClusterWithoutOne() throws Exception {
    try (TestCluster other = new TestCluster(directory.resolve("other"), 1, Map.of())) {
      other.start();
      other.node(1).stop();
      String said =
          new Start()
              .without("--cluster")
              .without("--join")
              .without("--secret-file")
              .without("--node-id")
              .with("--data", other.node(1).dataDirectory())
              .refused();
      assertNames(said, other.node(1).dataDirectory(), "--cluster");
    }
  }

  @Test
  void aClusterWithoutTheAddressesToJoin() throws Exception {
    assertNames(new Start().without("--join").refused(), "--join");
  }

  @Test
  void aClusterWithoutANodeId() throws Exception {
    assertNames(new Start().without("--node-id").refused(), "--node-id");
  }

  @Test
  void addressesToJoinWithoutACluster() throws Exception {
    assertNames(new Start().without("--cluster").refused(), "--cluster");
  }

  @Test
  void twoAddressesToJoin() throws Exception {
    String said = new Start().with("--join", cluster.join() + ",127.0.0.1:1").refused();
    assertNames(said, "--join");
  }

  @Test
  void anAddressToJoinTwice() throws Exception {
    String join = cluster.join();
    assertNames(new Start().with("--join", join + "," + join + ",127.0.0.1:19092").refused(), join);
  }

  @Test
  void anAddressToJoinThatIsNone() throws Exception {
    assertNames(new Start().with("--join", "nowhere").refused(), "--join", "nowhere");
  }

  @Test
  void aSecretThatEverybodyCanRead() throws Exception {
    Path secret =
        Files.writeString(directory.resolve("open"), "a-secret-that-is-long-enough-to-be-one");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    assertNames(new Start().with("--secret-file", secret).refused(), secret);
  }

  @Test
  void aPortWhoseNeighboursAreTaken() throws Exception {
    int port = FreePort.block(TestCluster.PORTS_PER_NODE);
    try (ServerSocket taken = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress())) {
      String said = new Start().with("--listen", "127.0.0.1:" + port).refused();
      assertNames(said, taken.getLocalPort());
    }
  }
}
