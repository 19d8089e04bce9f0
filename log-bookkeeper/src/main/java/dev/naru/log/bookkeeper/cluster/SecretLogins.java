package dev.naru.log.bookkeeper.cluster;

import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;

/**
 * The process's JAAS configuration, which ZooKeeper asks for its passwords, made of the secrets
 * that the process knows. What other names stand for is said by the configuration of before.
 */
final class SecretLogins extends Configuration {
  private static final String MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule";

  /** Null when there was none. */
  private final Configuration before;

  private SecretLogins(Configuration before) {
    this.before = before;
  }

  static synchronized void install() {
    Configuration before;
    try {
      before = getConfiguration();
    } catch (SecurityException e) {
      // Java's way to say that no file was named.
      before = null;
    }
    if (!(before instanceof SecretLogins)) {
      setConfiguration(new SecretLogins(before));
    }
  }

  @Override
  public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
    String password = ClusterSecret.password(name);
    if (password == null) {
      return before == null ? null : before.getAppConfigurationEntry(name);
    }
    Map<String, String> options =
        Map.of(
            "username",
            ClusterSecret.USER,
            "password",
            password,
            "user_" + ClusterSecret.USER,
            password);
    return new AppConfigurationEntry[] {
      new AppConfigurationEntry(MODULE, LoginModuleControlFlag.REQUIRED, options)
    };
  }
}
