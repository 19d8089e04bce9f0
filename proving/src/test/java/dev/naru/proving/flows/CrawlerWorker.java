package dev.naru.proving.flows;

import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Apache Kafka's own Connect worker, with the properties of examples/crawler and with Naru's
 * connectors as a plug-in: a process that can be killed and started again.
 */
final class CrawlerWorker implements AutoCloseable {
  /** What docs/connectors/crawler.md copies into a worker's plug-in folder. */
  private static final List<String> PLUGIN_JARS =
      List.of(
          "naru-connect",
          "jsoup",
          "crawler-commons",
          "commons-io",
          "postgresql",
          "mariadb-java-client");

  private static final Pattern TASK = Pattern.compile("[0-9]+-of-[0-9]+");

  private final Path folder;
  private final int port = FreePort.next();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Thread reaper = new Thread(this::kill);
  private volatile Process process;
  private long linesBefore;

  CrawlerWorker(Path folder, String bootstrap) throws IOException {
    this.folder = folder;
    copyPlugin(Files.createDirectories(folder.resolve("plugins").resolve("naru")));
    String properties = example("worker.properties");
    Map<String, String> here =
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "listeners",
            "http://127.0.0.1:" + port,
            "plugin.path",
            folder.resolve("plugins").toString());
    for (Map.Entry<String, String> line : here.entrySet()) {
      properties = replaced(properties, "(?m)^(" + line.getKey() + "=).*$", line.getValue());
    }
    Files.writeString(folder.resolve("worker.properties"), properties);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  private static void copyPlugin(Path plugin) throws IOException {
    Path built = Places.connectPlugin();
    for (String name : PLUGIN_JARS) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(built, name + "-*.jar")) {
        for (Path jar : jars) {
          Files.copy(jar, plugin.resolve(jar.getFileName()));
        }
      }
    }
  }

  /** A file of examples/crawler. */
  static String example(String name) throws IOException {
    return Files.readString(Places.root().resolve("examples").resolve("crawler").resolve(name));
  }

  /** Replaces what follows the pattern's one group, which must be there. */
  private static String replaced(String text, String pattern, String value) {
    String changed =
        text.replaceAll(pattern, "$1" + value.replace("\\", "\\\\").replace("$", "\\$"));
    if (changed.equals(text) && !text.contains(value)) {
      throw new IllegalStateException("nothing in the example matches " + pattern);
    }
    return changed;
  }

  void start() throws IOException {
    linesBefore = lines();
    process =
        new ProcessBuilder(
                Places.java(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.log.dev.naru=info",
                "-cp",
                Places.toolsJars() + "/*",
                "org.apache.kafka.connect.cli.ConnectDistributed",
                folder.resolve("worker.properties").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    await("the worker's REST API", Duration.ofSeconds(60), () -> get("/connectors") == 200);
  }

  /** Whether each task has said last, since the worker's last start, that it is finished. */
  boolean isFinished(int tasks) {
    Set<String> finished = new HashSet<>();
    try (Stream<String> lines = Files.lines(log(), StandardCharsets.ISO_8859_1)) {
      lines
          .skip(linesBefore)
          .filter(line -> line.contains(" INFO dev.naru.connect.crawler.Crawl - "))
          .forEach(
              line -> {
                Matcher task = TASK.matcher(line);
                if (task.find() && line.contains(" is finished: ")) {
                  finished.add(task.group());
                } else if (task.find(0)) {
                  finished.remove(task.group());
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return finished.size() == tasks;
  }

  private long lines() throws IOException {
    if (!Files.exists(log())) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(log(), StandardCharsets.ISO_8859_1)) {
      return lines.count();
    }
  }

  private Path log() {
    return folder.resolve("worker.log");
  }

  /** Waits until the condition holds; fails when the worker ends, or the patience. */
  void await(String what, Duration patience, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadlineNs) {
        throw new AssertionError(what + " is not there; see " + log().toAbsolutePath());
      }
      pause();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The status that the REST API answers with; 0 when it does not answer. */
  private int get(String path) {
    return send(HttpRequest.newBuilder(uri(path)).build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private int send(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException notThere) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Creates a connector as an example has it, but for these options. */
  void create(String example, Map<String, String> options) throws IOException {
    String config = example(example);
    for (Map.Entry<String, String> option : options.entrySet()) {
      String name = option.getKey().replace(".", "\\.");
      config = replaced(config, "(\"" + name + "\": \")[^\"]*", option.getValue());
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri("/connectors"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(config))
            .build();
    // A worker that has just joined its group answers 409 until it knows everything.
    await("connector of " + example, Duration.ofSeconds(60), () -> send(request) == 201);
  }

  /** SIGKILL. */
  void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
    }
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(reaper);
  }
}
