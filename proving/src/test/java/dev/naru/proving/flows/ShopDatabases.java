package dev.naru.proving.flows;

import dev.naru.proving.Scripts;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The MariaDB and the PostgreSQL of the shop, started by the example's own script. */
final class ShopDatabases implements AutoCloseable {
  private final Path folder;
  private final int mariaDbPort = FreePort.next();
  private final int postgresPort = FreePort.next();
  private final Thread reaper = new Thread(this::kill);

  /** Starts both, with their tables. */
  ShopDatabases(Path folder) {
    this.folder = folder;
    Runtime.getRuntime().addShutdownHook(reaper);
    script("start", folder.toString(), mariaDbPort + "", postgresPort + "");
  }

  private static List<String> script(String... arguments) {
    List<String> command =
        Stream.concat(
                Stream.of("bash", Example.file("shop/databases.sh").toString()),
                Stream.of(arguments))
            .toList();
    return Scripts.run(Places.root(), Map.of(), command);
  }

  /** A file of the example that names the databases' usual ports, with the ports of these. */
  String withPorts(String text) {
    return text.replace("13306", mariaDbPort + "").replace("15432", postgresPort + "");
  }

  /** The first row's values, between spaces, of the shop's MariaDB. */
  String mariaDb(String query) throws SQLException {
    return ask("jdbc:mariadb://127.0.0.1:" + mariaDbPort + "/shop", "shop", query);
  }

  /** As above, of a database of PostgreSQL. */
  String postgres(String database, String query) throws SQLException {
    return ask("jdbc:postgresql://127.0.0.1:" + postgresPort + "/" + database, "postgres", query);
  }

  private String ask(String url, String user, String query) throws SQLException {
    Map<String, String> credentials = Map.of("user", user, "password", user);
    try (Connection connection = Drivers.connect(url, credentials);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      StringBuilder values = new StringBuilder();
      row.next();
      for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
        values.append(i == 1 ? "" : " ").append(row.getString(i));
      }
      return values.toString();
    }
  }

  /** The servers are not this JVM's children, and must not outlive it when it ends early. */
  private void kill() {
    kill(folder.resolve("mariadb/pid"));
    kill(folder.resolve("postgres/postmaster.pid"));
  }

  private static void kill(Path pidFile) {
    if (!Files.exists(pidFile)) {
      return;
    }
    try {
      long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    script("stop", folder.toString());
    Runtime.getRuntime().removeShutdownHook(reaper);
  }
}
