package dev.naru.log.bookkeeper;

import dev.naru.log.ContractKit;
import dev.naru.log.SegmentHome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.bookkeeper.client.api.BookKeeper;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The ledger home over a real bookie and a real ZooKeeper, inside this process. */
class OnBookKeeperTest extends ContractKit {
  private static final ExecutorService READERS = Executors.newFixedThreadPool(2);
  private static final ExecutorService CALLBACKS = Executors.newSingleThreadExecutor();

  @TempDir private static Path directory;
  private static EmbeddedZooKeeper zooKeeper;
  private static EmbeddedBookie bookie;
  private static BookKeeper client;
  private static ZooKeeper session;
  private static LedgerStorage storage;
  private static int logs;

  private final String log = "log-" + logs++;

  @BeforeAll
  static void startCluster() throws Exception {
    zooKeeper =
        EmbeddedZooKeeper.start(
            directory.resolve("zookeeper"),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    String metadata = "127.0.0.1:" + zooKeeper.port();
    EmbeddedBookie.prepare(metadata);
    bookie =
        EmbeddedBookie.start(
            new EmbeddedBookie.Settings(
                metadata, directory.resolve("bookie"), "127.0.0.1", freePort(), 16));
    ClientConfiguration configuration = new ClientConfiguration();
    configuration.setMetadataServiceUri(EmbeddedBookie.uri(metadata));
    client = BookKeeper.newBuilder(configuration).build();
    session = new ZooKeeper(metadata, 10_000, event -> {});
    session.create("/naru", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    storage =
        new LedgerStorage(
            new BookKeeperLedgers(client, new byte[] {1, 2, 3}, new Copies(3, 1)),
            new ZooKeeperLists(session, "/naru", ZooDefs.Ids.OPEN_ACL_UNSAFE, CALLBACKS),
            new BlockCache(8 << 20),
            READERS,
            System::currentTimeMillis);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stopCluster() throws Exception {
    session.close();
    client.close();
    bookie.close();
    zooKeeper.close();
    READERS.shutdown();
    CALLBACKS.shutdown();
  }

  @Override
  protected SegmentHome open() throws Exception {
    return LedgerHome.open(storage, log);
  }

  @Override
  protected SegmentHome crashAndOpen(SegmentHome crashed) throws Exception {
    return open();
  }
}
