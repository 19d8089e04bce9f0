package dev.naru.proving.flows;

import dev.naru.proving.node.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A PostgreSQL with a folder and a port of its own, on loopback, with its own settings otherwise;
 * its user is {@link #USER}, whom it believes without a password.
 */
public final class Postgres implements AutoCloseable {
  public static final String USER = "postgres";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

  private final int port = FreePort.next();
  private final ServerProcess server;

  /**
   * Starts it, from the programs of Debian's postgresql.
   *
   * @param folder for its data; made when it does not exist
   * @throws IOException also when it is not installed
   */
  public Postgres(Path folder) throws IOException {
    Path programs = programs();
    Files.createDirectories(folder);
    Path log = folder.resolve("log");
    String data = folder.resolve("data").toString();
    ServerProcess.run(
        "initdb",
        log,
        unprivileged(
            programs.resolve("initdb").toString(),
            "--pgdata=" + data,
            "--username=" + USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C"));
    server =
        new ServerProcess(
            "PostgreSQL",
            log,
            "QUIT", // At once: nobody reads its data again.
            unprivileged(
                programs.resolve("postgres").toString(),
                "-D",
                data,
                "-p",
                String.valueOf(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories="));
    try {
      server.awaitServing(this::answers);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Those of the newest version that is installed. */
  private static Path programs() throws IOException {
    List<Path> newestFirst = new ArrayList<>();
    if (Files.isDirectory(VERSIONS)) {
      try (Stream<Path> versions = Files.list(VERSIONS)) {
        versions
            .sorted(Comparator.comparingInt(Postgres::number).reversed())
            .map(version -> version.resolve("bin").resolve("initdb"))
            .forEach(newestFirst::add);
      }
    }
    return ServerProcess.installed("PostgreSQL", "postgresql", newestFirst.stream()).getParent();
  }

  private static int number(Path version) {
    String name = version.getFileName().toString();
    return name.matches("[0-9]{1,9}") ? Integer.parseInt(name) : 0;
  }

  /** It refuses to run as root: in a namespace of its own it is nobody, who owns the same files. */
  private static List<String> unprivileged(String... command) {
    List<String> whole = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      whole.addAll(List.of("unshare", "--user"));
    }
    whole.addAll(List.of(command));
    return whole;
  }

  private boolean answers() {
    try (Connection connection = connect(Map.of())) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  /**
   * A connection that commits by itself.
   *
   * @param settings of the driver
   */
  public Connection connect(Map<String, String> settings) throws SQLException {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("user", USER);
    return Drivers.connect(url(), all);
  }

  @Override
  public void close() {
    server.close();
  }
}
