package dev.naru.log.bookkeeper.cluster;

import java.time.Duration;
import java.util.List;
import org.apache.bookkeeper.conf.AbstractConfiguration;

/**
 * How BookKeeper's clients and bookies find the cluster and are let in.
 *
 * @param zooKeeper where ZooKeeper's servers listen
 * @param sessionTimeout after so long without a sign of life a bookie gets nothing to write
 */
record BookKeeperAccess(List<HostPort> zooKeeper, Duration sessionTimeout, ClusterSecret secret) {

  /** Entries have at most a megabyte; a frame may hold several when they are read. */
  private static final int MAX_FRAME_BYTES = 5 << 20;

  void apply(AbstractConfiguration<?> configuration) {
    configuration.setMetadataServiceUri(
        "zk+hierarchical://"
            + ZooKeeperSession.connectString(zooKeeper).replace(',', ';')
            + "/ledgers");
    configuration.setZkTimeout(Math.toIntExact(sessionTimeout.toMillis()));
    configuration.setZkEnableSecurity(true);
    configuration.setClientAuthProviderFactoryClass(BookKeeperClientAuth.class.getName());
    configuration.setProperty(SecretProof.SECRET, ClusterSecret.Use.BOOKIE.name(secret));
    configuration.setProperty("reppDnsResolverClass", BookKeeperTopology.class.getName());
    configuration.setNettyMaxFrameSizeBytes(MAX_FRAME_BYTES);
  }
}
