package dev.naru.proving.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.SharedNode;
import dev.naru.proving.faults.Patch;
import dev.naru.proving.node.ClusterNode;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.NodeSite;
import dev.naru.proving.node.TestCluster;
import dev.naru.proving.node.TestNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes that cannot belong to a cluster: one clear sentence, an exit code, and the cluster goes on.
 */
@Tag("once")
class ClusterInputIT {
  /** The first is the one first node, the second may be missed. */
  @RegisterExtension static final OnCluster CLUSTER = OnCluster.of(2);

  /** Of the same name, and stopped. */
  private static TestCluster elsewhere;

  private final TestCluster cluster = CLUSTER.cluster();
  private final Path directory = SharedNode.newDirectory("cluster-input");

  @BeforeAll
  static void makeAnotherCluster() {
    elsewhere = new TestCluster(SharedNode.newDirectory("elsewhere"), 1, Map.of());
    elsewhere.start();
    elsewhere.kill();
  }

  @AfterAll
  static void endTheOtherCluster() {
    if (elsewhere != null) {
      elsewhere.close();
    }
  }

  @AfterEach
  void theClusterGoesOn() {
    assertTrue(cluster.node(1).isAlive());
  }

  /** A node that would belong to the cluster if nothing were changed. */
  private RefusedStart start() {
    return start(cluster.node(1))
        .with("--node-id", "7")
        .with("--data", directory.resolve("data"))
        .with("--listen", "127.0.0.1:" + FreePort.block(TestCluster.PORTS_PER_NODE));
  }

  /** Another start of a node that is there. */
  private RefusedStart start(ClusterNode node) {
    return RefusedStart.of(directory, cluster, node);
  }

  // ---- Who it is
  // ---------------------------------------------------------------------------------

  @Test
  void aNodeIdThatAnotherNodeHas() throws Exception {
    start().with("--node-id", 1).mistake("Node id 1", cluster.node(1).bootstrap(), "never used");
  }

  @Test
  void aClusterThatIsCalledOtherwise() throws Exception {
    start().with("--cluster", "another").mistake("another", cluster.name(), "name that cluster");
  }

  @Test
  void anotherSecret() throws Exception {
    Path secret =
        Files.createFile(
            directory.resolve("secret"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(secret, "this-is-not-the-secret-of-the-cluster-at-all");
    String said = start().with("--secret-file", secret).mistake("give every node the same secret");
    assertFalse(said.contains("this-is-not"), said);
  }

  @Test
  void aSecretThatEverybodyCanRead() throws Exception {
    Path secret =
        Files.writeString(directory.resolve("open"), "a-secret-that-is-long-enough-to-be-one");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    start().with("--secret-file", secret).mistake("--secret-file", secret, "chmod 600");
  }

  @Test
  void aClusterWithoutANodeId() throws Exception {
    start().without("--node-id").mistake("--node-id");
  }

  // ---- What it has
  // -------------------------------------------------------------------------------

  @Test
  void theDataOfAnotherCluster() throws Exception {
    ClusterNode node = elsewhere.node(1);
    start(node).mistake(node.dataDirectory(), "another directory");
  }

  @Test
  void theDataOfANodeThatRuns() throws Exception {
    ClusterNode node = cluster.node(1);
    start().with("--data", node.dataDirectory()).mistake(node.dataDirectory(), "stop it");
    start()
        .with("--data", node.dataDirectory())
        .with("--node-id", node.id())
        .mistake(node.dataDirectory(), "a directory of its own");
  }

  @Test
  void theDataOfAnotherNode() throws Exception {
    ClusterNode node = elsewhere.node(1);
    start()
        .with("--data", node.dataDirectory())
        .mistake("node 1, not to node 7", "give that node id");
  }

  @Test
  void theDataOfANodeWithoutACluster() throws Exception {
    try (TestNode lone = TestNode.create(TestNode.Kind.NARU, directory.resolve("lone"), Map.of())) {
      lone.start();
      lone.kill();
      start().with("--data", lone.dataDirectory()).mistake(lone.dataDirectory(), "empty directory");
    }
  }

  @Test
  void theDataOfAClusterWithoutOne() throws Exception {
    Path data = elsewhere.node(1).dataDirectory();
    start()
        .without("--cluster")
        .without("--join")
        .without("--secret-file")
        .without("--node-id")
        .with("--data", data)
        .mistake(data, "--cluster");
  }

  /** An empty bookie under an old name would answer for records that it does not have. */
  @Test
  void aBookieThatWasWiped() throws Exception {
    ClusterNode node = cluster.node(2);
    node.kill();
    Path bookie = node.dataDirectory().resolve("bookie");
    Path aside = Files.move(bookie, node.dataDirectory().resolve("aside"));
    RefusedStart.deleteAll(bookie);
    start(node).mistake(bookie, "bring it back", "a node id that was never used");
    RefusedStart.deleteAll(bookie);
    Files.move(aside, bookie);
  }

  // ---- Which version it is
  // -----------------------------------------------------------------------

  @Test
  void theDataOfANewerVersion() throws Exception {
    Path file = elsewhere.node(1).dataDirectory().resolve("cluster.properties");
    String before = Files.readString(file);
    Files.writeString(file, before.replace("format=1\n", "format=2\n"));
    start(elsewhere.node(1)).mistake(file, "format 2", "start the version that wrote it");
    Files.writeString(file, before);
  }

  /** A node of a version that keeps something else in ZooKeeper. */
  @Test
  void aClusterOfAnotherVersion() throws Exception {
    Path newer =
        new Patch()
            .change(
                "log-bookkeeper",
                "dev.naru.log.bookkeeper.cluster.ZooKeeperMembership",
                "FORMAT = \"1\"",
                "FORMAT = \"2\"")
            .compile();
    start()
        .at(NodeSite.LOOPBACK.withClasses(newer))
        .mistake("The cluster has format 1, and this version knows 2", "start the version");
  }

  // ---- Whom it joins
  // -----------------------------------------------------------------------------

  @Test
  void aClusterWithoutTheAddressesToJoin() throws Exception {
    start().without("--join").mistake("--join");
  }

  @Test
  void addressesToJoinWithoutACluster() throws Exception {
    start().without("--cluster").mistake("--cluster");
  }

  @Test
  void anAddressToJoinThatIsNone() throws Exception {
    start().with("--join", "nowhere").mistake("--join", "nowhere");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:1", "127.0.0.1:10001,127.0.0.1:20001,127.0.0.1:30001"})
  void twoOrFourAddressesToJoin(String more) throws Exception {
    start().with("--join", cluster.join() + "," + more).mistake("--join", "one address or three");
  }

  @Test
  void anAddressToJoinTwice() throws Exception {
    String join = cluster.join();
    start().with("--join", join + "," + join + ",127.0.0.1:19092").mistake("twice", join);
  }

  @Test
  void addressesToJoinThatAreTooClose() throws Exception {
    start()
        .with("--join", cluster.join() + ",127.0.0.1:10001,127.0.0.1:10002")
        .mistake("127.0.0.1:10001 and 127.0.0.1:10002 are too close");
  }

  /** It would be one of three first nodes; the only one of the cluster says otherwise. */
  @Test
  void moreAddressesToJoinThanTheClusterBeganWith() throws Exception {
    int port = FreePort.block(TestCluster.PORTS_PER_NODE);
    int other = FreePort.block(TestCluster.PORTS_PER_NODE);
    start()
        .with("--join", cluster.join() + ",127.0.0.1:" + port + ",127.0.0.1:" + other)
        .mistake("began with the nodes " + cluster.join(), "the same list");
  }

  /** Two of three first nodes are needed. */
  @Test
  void aClusterOfWhichNobodyElseIsThere() throws Exception {
    int port = FreePort.block(TestCluster.PORTS_PER_NODE);
    int second = FreePort.block(TestCluster.PORTS_PER_NODE);
    int third = FreePort.block(TestCluster.PORTS_PER_NODE);
    start()
        .with("--listen", "127.0.0.1:" + port)
        .with("--join", "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d".formatted(port, second, third))
        .with("--set", "initial.broker.registration.timeout.ms=3000")
        .failure("More than half", "127.0.0.1:" + (second + 3), "127.0.0.1:" + (third + 3));
  }

  @Test
  void aFirstNodeThatItsOwnListDoesNotName() throws Exception {
    String own = "127.0.0.1:" + FreePort.block(TestCluster.PORTS_PER_NODE);
    int other = FreePort.block(TestCluster.PORTS_PER_NODE);
    start()
        .with("--listen", own)
        .with("--join", "127.0.0.1:" + other)
        .with("--set", "initial.broker.registration.timeout.ms=3000")
        .failure("127.0.0.1:" + (other + 3), own + " is none of them");
  }

  // ---- Where it listens
  // --------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void aPortThatIsTaken(int offset) throws Exception {
    int port = FreePort.block(TestCluster.PORTS_PER_NODE);
    int second = FreePort.block(TestCluster.PORTS_PER_NODE);
    int third = FreePort.block(TestCluster.PORTS_PER_NODE);
    try (ServerSocket taken =
        new ServerSocket(port + offset, 1, InetAddress.getLoopbackAddress())) {
      start()
          .with("--listen", "127.0.0.1:" + port)
          .with("--join", "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d".formatted(port, second, third))
          .mistake("127.0.0.1:" + taken.getLocalPort(), "another address");
    }
  }
}
