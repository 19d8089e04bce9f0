package dev.naru.connect.jdbc;

import dev.naru.connect.common.NaruConfig;
import dev.naru.connect.common.RetryOptions;
import dev.naru.connect.common.Secrets;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The options that the JDBC source and the JDBC sink have in common, each declared once. */
abstract class DatabaseConfig extends NaruConfig {
  /** Set by a connector for each of its tasks. */
  static final String TASK = "naru.task";

  private static final String URL = "connection.url";
  private static final String USER = "connection.user";
  private static final String PASSWORD = "connection.password";

  private final String task;

  DatabaseConfig(ConfigDef definition, Map<String, String> properties, String nameless) {
    super(definition, properties, nameless);
    this.task = properties.getOrDefault(TASK, "0");
  }

  static ConfigDef connection(ConfigDef def) {
    return def.define(
            URL,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            DatabaseConfig::checkUrl,
            Importance.HIGH,
            "The database's JDBC URL; PostgreSQL, MariaDB, MySQL, H2 and SQLite are known. SQLite's driver is not on board.")
        .define(USER, ConfigDef.Type.STRING, null, Importance.HIGH, "The database user.")
        .define(
            PASSWORD,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.HIGH,
            "The database user's password.");
  }

  static ConfigDef retries(ConfigDef def) {
    return RetryOptions.define(def, "a database that is down");
  }

  private static void checkUrl(String option, Object value) {
    if (value == null || !value.toString().startsWith("jdbc:")) {
      throw new ConfigException(
          option,
          value == null ? null : Secrets.redacted(value.toString()),
          "Not a JDBC URL; one looks like jdbc:postgresql://localhost/test.");
    }
  }

  String task() {
    return task;
  }

  String url() {
    return getString(URL);
  }

  /** The credentials for the driver. */
  Properties credentials() {
    Properties credentials = new Properties();
    Password password = getPassword(PASSWORD);
    if (getString(USER) != null) {
      credentials.setProperty("user", getString(USER));
    }
    if (password != null) {
      credentials.setProperty("password", password.value());
    }
    return credentials;
  }
}
