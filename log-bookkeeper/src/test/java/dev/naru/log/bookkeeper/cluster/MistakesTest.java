package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.bookkeeper.Copies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong is said in one sentence, and so is what would be right. */
@Tag("once")
class MistakesTest {
  @TempDir private Path directory;
  private HostPort first;
  private HostPort second;
  private final List<ClusterStorage> nodes = new ArrayList<>();

  @BeforeEach
  void choosePorts() throws Exception {
    List<HostPort> free = TestNodes.freeAddresses(2);
    first = free.get(0);
    second = free.get(1);
  }

  @AfterEach
  void stop() {
    nodes.forEach(ClusterStorage::close);
  }

  private ClusterSettings.Builder node(int nodeId, HostPort address, String directoryName) {
    return TestNodes.settings(nodeId, address, List.of(first), directory.resolve(directoryName));
  }

  private ClusterStorage start(ClusterSettings.Builder settings) {
    ClusterStorage node = ClusterStorage.open(settings.build());
    nodes.add(node);
    return node;
  }

  private void restart(ClusterSettings.Builder settings) {
    nodes.remove(nodes.size() - 1).close();
    start(settings);
  }

  private static void assertMistake(ClusterSettings.Builder settings, String... words) {
    ClusterException refused =
        assertThrows(ClusterException.class, () -> ClusterStorage.open(settings.build()).close());
    assertTrue(refused.isMistake(), refused.getMessage());
    assertSays(refused, words);
  }

  private static void assertSays(ClusterException refused, String... words) {
    for (String word : words) {
      assertTrue(refused.getMessage().contains(word), refused.getMessage() + " lacks " + word);
    }
  }

  @Test
  void settingsThatCannotBe() {
    assertMistake(
        ClusterSettings.builder("a b", 1).address("h", 1).clock(() -> 0).directory(directory),
        "\"a b\"",
        "letters");
    assertMistake(node(-1, first, "1"), "-1");
    assertMistake(node(1, new HostPort("0.0.0.0", 9092), "1"), "0.0.0.0", "name one");
    assertMistake(node(1, new HostPort("h", 65_533), "1"), "65533");
    assertMistake(node(1, first, "1").secret(new byte[8]), "8 bytes", "16");
    assertMistake(node(1, first, "1").join(List.of()), "one node or with three");
    assertMistake(node(1, first, "1").join(List.of(first, second)), "one node or with three");
    assertMistake(node(1, first, "1").join(List.of(first, second, first)), "twice");
    assertMistake(
        node(1, first, "1").join(List.of(new HostPort("h", 9092), new HostPort("h", 9093), first)),
        "h:9092",
        "h:9093",
        "too close");
    assertThrows(ClusterException.class, () -> HostPort.parse("h"));
    assertThrows(ClusterException.class, () -> HostPort.parse("h:0"));
    assertEquals("[::1]:9092", HostPort.parse("[::1]:9092").toString());
    assertEquals("::1", HostPort.parse("[::1]:9092").host());
  }

  @Test
  void copiesFollowFromTheNumberOfFirstNodes() {
    assertEquals(new Copies(3, 1), node(1, first, "1").build().copies());
    HostPort third = new HostPort("h", 9092);
    assertEquals(
        new Copies(3, 2), node(1, first, "1").join(List.of(first, second, third)).build().copies());
  }

  @Test
  void oneDirectoryForTwo() {
    start(node(1, first, "1"));
    assertMistake(node(1, second, "1"), "Another process", directory.resolve("1").toString());
  }

  @Test
  void aDirectoryOfAnotherNodeOrCluster() throws Exception {
    start(node(1, first, "1"));
    start(node(2, second, "2"));
    nodes.remove(1).close();
    assertMistake(node(3, second, "2"), "node 2", "node 3");
    assertMistake(
        TestNodes.settings(2, second, List.of(first), directory.resolve("1")), "Another process");
    ClusterSettings.Builder otherName =
        ClusterSettings.builder("other", 2)
            .address(second.host(), second.port())
            .join(List.of(first))
            .directory(directory.resolve("2"))
            .secret(TestNodes.SECRET)
            .clock(System::currentTimeMillis);
    assertMistake(otherName, "test", "other");
    assertMistake(
        otherName.directory(directory.resolve("3")), "test", "other", "name that cluster");

    nodes.remove(0).close();
    HostPort elsewhere = TestNodes.freeAddresses(1).get(0);
    start(TestNodes.settings(1, elsewhere, List.of(elsewhere), directory.resolve("4")));
    assertMistake(
        TestNodes.settings(2, second, List.of(elsewhere), directory.resolve("2")),
        "with the id",
        "another directory");

    Files.createDirectories(directory.resolve("alone").resolve("logs"));
    assertMistake(node(2, second, "alone"), "alone", "empty directory");
  }

  @Test
  void aNodeIdThatIsTaken() {
    start(node(1, first, "1"));
    assertMistake(node(1, second, "2"), "Node id 1", first.toString(), "never used");
  }

  @Test
  void aDirectoryThatWasMoved() throws Exception {
    start(node(1, first, "1"));
    start(node(2, second, "2"));
    nodes.remove(1).close();
    Files.move(directory.resolve("2"), directory.resolve("3"));
    assertMistake(node(2, second, "3"), "moved", directory.resolve("2").toString());
  }

  /** A copy of a machine has the identity of its original, which is told by its being there. */
  @Test
  void aCopyOfANodeWhileItsOriginalRuns() {
    ClusterStorage original = start(node(1, first, "1"));
    original.coordination().announce(first.host(), first.port() + 1);
    ClusterSettings copied = node(1, second, "1").sessionTimeout(Duration.ofSeconds(1)).build();
    try (ZooKeeperCoordination copy = new ZooKeeperCoordination(original.session(), copied)) {
      ClusterException refused =
          assertThrows(
              ClusterException.class, () -> copy.announce(second.host(), second.port() + 1));
      assertTrue(refused.isMistake());
      assertSays(refused, "Node 1 runs already", first.host() + ":" + (first.port() + 1));
    }
  }

  /** After a kill nobody has to wait until ZooKeeper has noticed. */
  @Test
  void aPredecessorAtTheSameAddressIsNoOther() {
    ClusterSettings.Builder settings = node(1, first, "1").sessionTimeout(Duration.ofSeconds(60));
    ClusterStorage node = start(settings);
    node.coordination().announce(first.host(), first.port() + 1);
    Coordination.ControllerClaim before =
        node.coordination().claimController().toCompletableFuture().join();
    ClusterStorage copy = start(node(2, second, "2"));
    ZooKeeperCoordination next = new ZooKeeperCoordination(copy.session(), settings.build());
    next.announce(first.host(), first.port() + 1);
    Coordination.ControllerClaim claim = next.claimController().toCompletableFuture().join();
    assertEquals(before.epoch() + 1, claim.epoch());
    next.close();
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void aBookieThatWasWiped() throws Exception {
    start(node(1, first, "1"));
    start(node(2, second, "2"));
    nodes.remove(1).close();
    delete(directory.resolve("2").resolve("bookie"));
    assertMistake(node(2, second, "2"), "bookie", "bring it back", "never used");
  }

  @Test
  void aNodeMayMoveToAnotherAddress() throws Exception {
    start(node(1, first, "1"));
    start(node(2, second, "2"));
    HostPort third = TestNodes.freeAddresses(1).get(0);
    restart(node(2, third, "2"));
  }

  @Test
  void listsOfFirstNodesThatDiffer() throws Exception {
    start(node(1, first, "1"));
    HostPort third = TestNodes.freeAddresses(1).get(0);
    HostPort absent = TestNodes.freeAddresses(1).get(0);
    assertMistake(
        TestNodes.settings(2, third, List.of(first, second, absent), directory.resolve("2")),
        "began with",
        "same list");
  }

  @Test
  void aQuorumThatIsNotThere() {
    ClusterSettings.Builder settings =
        TestNodes.settings(
                1,
                first,
                List.of(first, second, new HostPort("127.0.0.1", 40_000)),
                directory.resolve("1"))
            .patience(Duration.ofSeconds(2));
    ClusterException refused =
        assertThrows(ClusterException.class, () -> ClusterStorage.open(settings.build()).close());
    assertFalse(refused.isMistake());
    assertSays(
        refused, second.plus(NodePorts.ZOOKEEPER).toString(), "127.0.0.1:40003", "same secret");
    assertFalse(refused.getMessage().contains(first.plus(NodePorts.ZOOKEEPER).toString()));
  }

  @Test
  void aPortThatIsInUse() throws Exception {
    try (ServerSocket socket =
        new ServerSocket(first.port() + NodePorts.BOOKIE, 1, InetAddress.getLoopbackAddress())) {
      assertTrue(socket.isBound());
      assertMistake(
          node(1, first, "1"), first.plus(NodePorts.BOOKIE).toString(), "the bookie", "ports");
    }
  }
}
