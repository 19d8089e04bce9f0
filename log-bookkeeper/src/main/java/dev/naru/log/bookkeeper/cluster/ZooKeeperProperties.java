package dev.naru.log.bookkeeper.cluster;

import java.util.List;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.server.auth.SASLAuthenticationProvider;

/**
 * What ZooKeeper takes from the process's properties only. There is one set of them, so a process
 * belongs to one cluster.
 */
final class ZooKeeperProperties {
  private ZooKeeperProperties() {}

  /** For a server that is started next, with the sections of a secret. */
  static void setForServer(ClusterSecret secret) {
    System.setProperty("zookeeper.admin.enableServer", "false");
    System.setProperty("zookeeper.4lw.commands.whitelist", "");
    System.setProperty("zookeeper.jmx.log4j.disable", "true");
    // A member that looks for the others asks them again so often at least, not once in a minute:
    // it may have asked while they had no ears for it.
    System.setProperty("zookeeper.fastleader.maxNotificationInterval", "1000");
    // Of an attempt to connect; another one to the same member waits for its end.
    System.setProperty("zookeeper.cnxTimeout", "2000");
    System.setProperty("zookeeper.authProvider.sasl", SASLAuthenticationProvider.class.getName());
    System.setProperty("zookeeper.enforce.auth.enabled", "true");
    System.setProperty("zookeeper.enforce.auth.schemes", "sasl");
    System.setProperty("zookeeper.sasl.serverconfig", ClusterSecret.Use.ZOOKEEPER.name(secret));
    allowDigest();
  }

  /** For the clients inside BookKeeper, which are given no configuration of their own. */
  static void setForBookKeeper(ClusterSecret secret) {
    ZKClientConfig config = clientConfig(secret);
    for (String name :
        List.of(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, ZKClientConfig.ZOOKEEPER_SERVER_PRINCIPAL)) {
      System.setProperty(name, config.getProperty(name));
    }
  }

  /** For a client of this room. */
  static ZKClientConfig clientConfig(ClusterSecret secret) {
    allowDigest();
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(
        ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, ClusterSecret.Use.ZOOKEEPER.name(secret));
    // The name means nothing here, and to find one the client would ask the DNS and wait for it.
    config.setProperty(ZKClientConfig.ZOOKEEPER_SERVER_PRINCIPAL, "zookeeper/naru");
    return config;
  }

  /** What is called FIPS mode refuses DIGEST-MD5. The passwords here are 32 random bytes. */
  private static void allowDigest() {
    System.setProperty("zookeeper.fips-mode", "false");
  }
}
