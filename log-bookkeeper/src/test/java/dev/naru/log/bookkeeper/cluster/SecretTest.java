package dev.naru.log.bookkeeper.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.LogConfig;
import dev.naru.log.LogId;
import dev.naru.log.bookkeeper.TestLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.client.BookKeeper;
import org.apache.bookkeeper.client.LedgerHandle;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.kafka.common.Uuid;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who does not know the secret gets nothing, of ZooKeeper and of bookies. */
class SecretTest {
  private static final byte[] WRONG = "another secret, as long as that".getBytes(UTF_8);
  private static final LogId PARTITION = new LogId(new Uuid(1, 2), 3);

  @TempDir private static Path directory;
  private static HostPort address;
  private static ClusterStorage node;
  private static List<HostPort> zooKeeper;
  private static long nodesLedger;

  @BeforeAll
  static void startNode() throws Exception {
    address = TestNodes.freeAddresses(1).get(0);
    zooKeeper = List.of(address.plus(NodePorts.ZOOKEEPER));
    node =
        ClusterStorage.open(
            TestNodes.settings(1, address, List.of(address), directory.resolve("1")).build());
    TestLog.append(node.logs().openOrCreate(PARTITION, LogConfig.DEFAULTS), 0, "confidential");
    try (TestLedgers ledgers = new TestLedgers(address)) {
      nodesLedger = ledgers.ids().get(0);
    }
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  @Test
  void aKeyIsKnownByItsNameOnly() {
    ClusterSecret secret = ClusterSecret.of(TestNodes.SECRET);
    String quorum = ClusterSecret.password(ClusterSecret.Use.QUORUM.name(secret));
    assertEquals(64, quorum.length());
    assertNotEquals(
        quorum, ClusterSecret.password(ClusterSecret.Use.ZOOKEEPER.name(secret)), "one for each");
    ClusterSecret again = ClusterSecret.of(TestNodes.SECRET);
    assertEquals(quorum, ClusterSecret.password(ClusterSecret.Use.QUORUM.name(again)));
    assertNull(ClusterSecret.password("Client"));
  }

  @Test
  void bothSidesProveThatTheyKnowTheSecret() {
    byte[] key = {1, 2, 3};
    byte[] otherKey = {1, 2, 4};
    byte[] clients = SecretProof.nonce();
    byte[] bookies = SecretProof.nonce();
    byte[] said = SecretProof.ofBookie(key, clients, bookies);
    assertArrayEquals(
        SecretProof.ofClient(key, clients, bookies), SecretProof.answer(key, clients, said));
    assertNull(SecretProof.answer(otherKey, clients, said), "a bookie of others");
    assertNull(SecretProof.answer(key, SecretProof.nonce(), said), "an answer of before");
    assertNull(SecretProof.answer(key, clients, new byte[3]));
    assertFalse(
        Arrays.equals(
            SecretProof.ofClient(key, clients, bookies),
            SecretProof.ofClient(otherKey, clients, bookies)));
  }

  private static ZooKeeper stranger() throws Exception {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
    ZooKeeper stranger =
        new ZooKeeper(ZooKeeperSession.connectString(zooKeeper), 10_000, event -> {}, config);
    Eventually.await("connected", () -> stranger.getState().isConnected());
    return stranger;
  }

  private interface Attempt {
    void on(ZooKeeper stranger) throws Exception;
  }

  private static void assertRefused(Attempt attempt) throws Exception {
    ZooKeeper stranger = stranger();
    try {
      KeeperException refused = assertThrows(KeeperException.class, () -> attempt.on(stranger));
      assertTrue(
          refused.code() == KeeperException.Code.SESSIONCLOSEDREQUIRESASLAUTH
              || refused.code() == KeeperException.Code.NOAUTH,
          refused.getMessage());
    } finally {
      stranger.close();
    }
  }

  @Test
  void aStrangerNeitherReadsNorWritesInZooKeeper() throws Exception {
    assertRefused(stranger -> stranger.getChildren("/", false));
    assertRefused(stranger -> stranger.exists("/naru", false));
    assertRefused(stranger -> stranger.getData("/naru/cluster", false, null));
    assertRefused(stranger -> stranger.getChildren("/ledgers", false));
    assertRefused(stranger -> stranger.getData("/zookeeper/config", false, null));
    assertRefused(stranger -> stranger.delete("/naru/logs/" + PARTITION.name(), -1));
    assertRefused(
        stranger ->
            stranger.create(
                "/mine", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
  }

  @Test
  void allNodesBelowOursAreForNodesOfTheClusterOnly() throws Exception {
    ZooKeeper ours = node.session().zooKeeper();
    for (String path :
        List.of(
            "/naru",
            "/naru/cluster",
            "/naru/ids/1",
            "/naru/logs",
            "/naru/logs/" + PARTITION.name(),
            "/naru/controller-epoch",
            "/ledgers",
            "/ledgers/available",
            "/ledgers/available/node-1",
            "/ledgers/cookies/node-1",
            "/ledgers/INSTANCEID",
            "/ledgers/LAYOUT")) {
      assertEquals(
          List.of("sasl:naru"),
          ours.getACL(path, null).stream()
              .map(acl -> acl.getId().getScheme() + ":" + acl.getId().getId())
              .toList(),
          path);
    }
  }

  @Test
  void whoHasAnotherSecretDoesNotGetIntoZooKeeper() throws Exception {
    CompletableFuture<KeeperState> failed = new CompletableFuture<>();
    ZooKeeper stranger =
        new ZooKeeper(
            ZooKeeperSession.connectString(zooKeeper),
            10_000,
            event -> {
              if (event.getState() == KeeperState.AuthFailed) {
                failed.complete(event.getState());
              }
            },
            ZooKeeperProperties.clientConfig(ClusterSecret.of(WRONG)));
    assertNotNull(failed.get(30, TimeUnit.SECONDS));
    assertThrows(KeeperException.class, () -> stranger.exists("/naru", false));
    stranger.close();
  }

  private static ClientConfiguration clientOf(ClusterSecret secret) {
    ClientConfiguration configuration = new ClientConfiguration();
    new BookKeeperAccess(zooKeeper, Duration.ofSeconds(10), secret).apply(configuration);
    configuration.setAddEntryTimeout(2);
    configuration.setReadEntryTimeout(2);
    return configuration;
  }

  /** An entry of the node's log. */
  private static byte[] readFirst(BookKeeper client) throws Exception {
    LedgerHandle ledger =
        client.openLedgerNoRecovery(
            nodesLedger, BookKeeper.DigestType.CRC32C, node.clusterId().getBytes(UTF_8));
    return ledger.readUnconfirmedEntries(0, 0).nextElement().getEntry();
  }

  private static void assertNoEntries(ClientConfiguration configuration) throws Exception {
    try (BookKeeper stranger = new BookKeeper(configuration)) {
      byte[] password = node.clusterId().getBytes(UTF_8);
      assertThrows(
          BKException.class,
          () -> {
            LedgerHandle mine =
                stranger.createLedger(1, 1, 1, BookKeeper.DigestType.CRC32C, password);
            mine.addEntry(new byte[] {1});
          });
      assertThrows(BKException.class, () -> readFirst(stranger));
    }
  }

  /** It may have come by the cluster's metadata: bookies do not rely on that. */
  @Test
  void aStrangerNeitherReadsNorWritesEntries() throws Exception {
    ClientConfiguration knowing = clientOf(ClusterSecret.of(TestNodes.SECRET));
    try (BookKeeper client = new BookKeeper(knowing)) {
      LedgerHandle ledger = client.createLedger(1, 1, 1, BookKeeper.DigestType.CRC32C, new byte[0]);
      assertEquals(0, ledger.addEntry(new byte[] {1}));
      assertTrue(new String(readFirst(client), UTF_8).contains("confidential"));
    }
    for (boolean v2 : List.of(true, false)) {
      ClientConfiguration saysNothing = clientOf(ClusterSecret.of(TestNodes.SECRET));
      saysNothing.setClientAuthProviderFactoryClass(null);
      saysNothing.setUseV2WireProtocol(v2);
      assertNoEntries(saysNothing);
      ClientConfiguration saysWrong = clientOf(ClusterSecret.of(WRONG));
      saysWrong.setUseV2WireProtocol(v2);
      assertNoEntries(saysWrong);
    }
  }

  @Test
  void aNodeWithAnotherSecretIsTold() throws Exception {
    HostPort other = TestNodes.freeAddresses(1).get(0);
    ClusterSettings settings =
        TestNodes.settings(2, other, List.of(address), directory.resolve("2"))
            .secret(WRONG)
            .build();
    ClusterException refused =
        assertThrows(ClusterException.class, () -> ClusterStorage.open(settings).close());
    assertTrue(refused.isMistake());
    assertTrue(refused.getMessage().contains("same secret"), refused.getMessage());
  }
}
