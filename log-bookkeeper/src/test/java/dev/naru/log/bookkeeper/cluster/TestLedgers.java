package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.bookkeeper.client.BookKeeper;
import org.apache.bookkeeper.client.api.LedgerMetadata;
import org.apache.bookkeeper.client.api.LedgersIterator;
import org.apache.bookkeeper.client.api.ListLedgersResult;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.net.BookieId;

/** Looks at the ledgers of a cluster from outside of its nodes. */
final class TestLedgers implements AutoCloseable {
  private static final int SECONDS = 30;

  private final BookKeeper client;

  /**
   * @param node the Kafka address of a node that carries ZooKeeper
   */
  TestLedgers(HostPort node) throws Exception {
    ClientConfiguration configuration = new ClientConfiguration();
    access(node).apply(configuration);
    client = new BookKeeper(configuration);
  }

  static BookKeeperAccess access(HostPort node) {
    return new BookKeeperAccess(
        List.of(node.plus(NodePorts.ZOOKEEPER)),
        Duration.ofSeconds(10),
        ClusterSecret.of(TestNodes.SECRET));
  }

  /** All that there are. */
  List<Long> ids() throws Exception {
    List<Long> ids = new ArrayList<>();
    try (ListLedgersResult all =
        client.newListLedgersOp().execute().get(SECONDS, TimeUnit.SECONDS)) {
      LedgersIterator each = all.iterator();
      while (each.hasNext()) {
        ids.add(each.next());
      }
    }
    return ids;
  }

  /** On which bookies a ledger is; none when there is no such ledger. */
  Set<String> bookies(long ledgerId) throws Exception {
    try {
      LedgerMetadata metadata = client.getLedgerMetadata(ledgerId).get(SECONDS, TimeUnit.SECONDS);
      return metadata.getAllEnsembles().values().stream()
          .flatMap(List::stream)
          .map(BookieId::toString)
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (ExecutionException e) {
      return Set.of();
    }
  }

  @Override
  public void close() throws Exception {
    client.close();
  }
}
