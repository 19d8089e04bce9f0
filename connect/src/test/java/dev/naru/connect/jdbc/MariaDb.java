package dev.naru.connect.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A MariaDB server of the test's own: a process, a folder, a free port. */
final class MariaDb implements AutoCloseable {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  private final Path folder;
  private final int port;
  private Process process;

  MariaDb(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    Process install =
        new ProcessBuilder(
                "mariadb-install-db",
                "--no-defaults",
                "--datadir=" + data(),
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                user())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("install.log").toFile())
            .start();
    if (install.waitFor() != 0) {
      throw new IOException(
          "mariadb-install-db failed: " + Files.readString(folder.resolve("install.log")));
    }
  }

  static boolean isInstalled() {
    return binary() != null;
  }

  private static Path binary() {
    return Stream.of("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/local/sbin/mariadbd")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  private static String user() {
    return "--user=" + System.getProperty("user.name");
  }

  private Path data() {
    return folder.resolve("data");
  }

  String url() {
    return "jdbc:mariadb://127.0.0.1:" + port + "/test?connectionTimeZone=UTC";
  }

  void start() throws Exception {
    List<String> command =
        List.of(
            binary().toString(),
            "--no-defaults",
            user(),
            "--datadir=" + data(),
            "--socket=" + folder.resolve("s"),
            "--port=" + port,
            "--bind-address=127.0.0.1",
            "--innodb-buffer-pool-size=64M",
            "--skip-name-resolve",
            "--pid-file=" + folder.resolve("pid"));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("server.log").toFile())
            .start();
    long untilNs = System.nanoTime() + PATIENCE_NS;
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > untilNs) {
        throw new IOException(
            "mariadbd did not start: " + Files.readString(folder.resolve("server.log")));
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  private boolean answers() {
    try (Connection connection =
        DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/", "root", "")) {
      connection.createStatement().execute("CREATE DATABASE IF NOT EXISTS test");
      return true;
    } catch (SQLException notYet) {
      return false;
    }
  }

  void stop() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
