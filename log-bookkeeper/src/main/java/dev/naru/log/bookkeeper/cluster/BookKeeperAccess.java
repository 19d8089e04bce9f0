package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.List;
import org.apache.bookkeeper.conf.AbstractConfiguration;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.meta.MetadataDrivers;

/**
 * How BookKeeper's clients and bookies find the cluster and are let in.
 *
 * @param zooKeeper where ZooKeeper's servers listen
 * @param sessionTimeout after so long without a sign of life a bookie gets nothing to write
 */
record BookKeeperAccess(List<HostPort> zooKeeper, Duration sessionTimeout, ClusterSecret secret) {

  private static final String SCHEME = "zk";

  /** Entries have at most a megabyte; a frame may hold several when they are read. */
  private static final int MAX_FRAME_BYTES = 5 << 20;

  static {
    MetadataDrivers.registerClientDriver(SCHEME, BookKeeperClientDriver.class, true);
    MetadataDrivers.registerBookieDriver(SCHEME, BookKeeperBookieDriver.class, true);
  }

  void apply(AbstractConfiguration<?> configuration) {
    configuration.setMetadataServiceUri(
        SCHEME
            + "+hierarchical://"
            + ZooKeeperSession.connectString(zooKeeper).replace(',', ';')
            + "/ledgers");
    configuration.setZkTimeout(Math.toIntExact(sessionTimeout.toMillis()));
    configuration.setZkEnableSecurity(true);
    configuration.setClientAuthProviderFactoryClass(BookKeeperClientAuth.class.getName());
    configuration.setProperty(SecretProof.SECRET, ClusterSecret.Use.BOOKIE.name(secret));
    configuration.setProperty(
        ClientConfiguration.ENSEMBLE_PLACEMENT_POLICY, BookKeeperRacks.class.getName());
    configuration.setProperty("reppDnsResolverClass", BookKeeperTopology.class.getName());
    // Which rack this node stands in says nothing of where copies should go.
    configuration.setIgnoreLocalNodeInPlacementPolicy(true);
    configuration.setNettyMaxFrameSizeBytes(MAX_FRAME_BYTES);
  }
}
