package dev.naru.proving.flows;

import dev.naru.proving.node.FreePort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A MariaDB of the test's own, asked through its command line client. */
final class PagesInMariaDb implements AutoCloseable {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  private final Path folder;
  private final int port = FreePort.next();
  private final Process server;

  PagesInMariaDb(Path folder) throws IOException, InterruptedException {
    this.folder = Files.createDirectories(folder);
    String user = "--user=" + System.getProperty("user.name");
    String data = "--datadir=" + folder.resolve("data");
    Process install =
        logged(
            "mariadb-install-db",
            "--no-defaults",
            data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            user);
    if (install.waitFor() != 0) {
      throw failed("mariadb-install-db failed");
    }
    server =
        logged(
            "/usr/sbin/mariadbd",
            "--no-defaults",
            user,
            data,
            "--socket=" + socket(),
            "--port=" + port,
            "--bind-address=127.0.0.1",
            "--innodb-buffer-pool-size=64M",
            "--skip-name-resolve",
            "--pid-file=" + folder.resolve("pid"));
    long untilNs = System.nanoTime() + PATIENCE_NS;
    while (!answers("CREATE DATABASE IF NOT EXISTS pages")) {
      if (!server.isAlive() || System.nanoTime() > untilNs) {
        throw failed("mariadbd did not start");
      }
      server.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  /** A socket's path must be short. */
  private static String socket() {
    return System.getProperty("java.io.tmpdir") + "/naru-flow-" + ProcessHandle.current().pid();
  }

  private Process logged(String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private IOException failed(String what) throws IOException {
    return new IOException(what + ": " + Files.readString(folder.resolve("log")));
  }

  String url() {
    return "jdbc:mariadb://127.0.0.1:" + port + "/pages";
  }

  private boolean answers(String statement) throws IOException, InterruptedException {
    return client(statement).waitFor() == 0;
  }

  private Process client(String statement) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("mariadb", "--no-defaults", "--socket=" + socket(), "-uroot"));
    command.addAll(List.of("-N", "-e", statement));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  int rows() throws IOException, InterruptedException {
    Process asked = client("SELECT count(*) FROM pages.pages");
    String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return asked.waitFor() == 0 ? Integer.parseInt(answer.strip()) : 0;
  }

  @Override
  public void close() {
    server.destroyForcibly();
    server.onExit().join();
  }
}
