package dev.naru.proving.flows;

import dev.naru.proving.node.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A MariaDB with a folder and a port of its own, on loopback; its user is {@code root} without a
 * password. It writes the binary log that change capture reads.
 */
public final class MariaDb implements AutoCloseable {
  private final int port = FreePort.next();
  private final ServerProcess server;

  /**
   * Starts it, from the programs of Debian's mariadb-server.
   *
   * @param folder for its data; made when it does not exist
   * @param database made when it does not exist
   * @throws IOException also when it is not installed
   */
  public MariaDb(Path folder, String database) throws IOException {
    Path program =
        ServerProcess.installed(
            "mariadbd",
            "mariadb-server",
            Stream.of("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/local/sbin/mariadbd")
                .map(Path::of));
    Files.createDirectories(folder);
    Path log = folder.resolve("log");
    String user = "--user=" + System.getProperty("user.name");
    String data = "--datadir=" + folder.resolve("data");
    ServerProcess.run(
        "mariadb-install-db",
        log,
        List.of(
            "mariadb-install-db",
            "--no-defaults",
            data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            user));
    server =
        new ServerProcess(
            "MariaDB",
            log,
            "TERM",
            List.of(
                program.toString(),
                "--no-defaults",
                user,
                data,
                "--socket=" + socket(port),
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--innodb-buffer-pool-size=64M",
                "--skip-name-resolve",
                "--server-id=1",
                "--log-bin=" + folder.resolve("data").resolve("binlog"),
                "--binlog-format=ROW",
                "--binlog-row-image=FULL",
                "--pid-file=" + folder.resolve("pid")));
    try {
      server.awaitServing(() -> answers("CREATE DATABASE IF NOT EXISTS " + database));
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** A socket's path must be short. */
  private static String socket(int port) {
    return System.getProperty("java.io.tmpdir") + "/naru-mariadb-" + port;
  }

  private boolean answers(String statement) {
    try (Connection connection = connect("");
        Statement asked = connection.createStatement()) {
      asked.execute(statement);
      return true;
    } catch (SQLException notYet) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  public String url(String database) {
    return "jdbc:mariadb://127.0.0.1:" + port + "/" + database;
  }

  /** A connection that commits by itself. */
  public Connection connect(String database) throws SQLException {
    return Drivers.connect(url(database), Map.of("user", "root"));
  }

  @Override
  public void close() {
    server.close();
  }
}
