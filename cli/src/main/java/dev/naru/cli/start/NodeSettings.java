package dev.naru.cli.start;

import dev.naru.cli.CliException;
import dev.naru.cli.HostPort;
import dev.naru.cli.cluster.ClusterOptions;
import dev.naru.connect.host.WorkerSettings;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A node's settings in Kafka's names. What is said later wins: the defaults, the file of {@code
 * --config}, {@code --set}, the options of their own.
 */
public final class NodeSettings {
  /** Ours: listen where other machines reach the node although nothing asks them who they are. */
  public static final String ALLOW_UNAUTHENTICATED = "allow.unauthenticated.listeners";

  public static final Path DEFAULT_DATA = Path.of("naru-data");
  public static final String DEFAULT_LISTEN = "127.0.0.1:9092";
  public static final String DEFAULT_HTTP = "127.0.0.1:8080";

  private static final String LISTENERS = "listeners";
  private static final String LOG_DIRS = "log.dirs";
  private static final String LOG_DIR = "log.dir";

  private final Map<String, String> properties;
  private final Map<String, String> connect;
  private final ClusterOptions cluster;
  private final HostPort http;
  private final boolean httpGiven;

  private NodeSettings(
      Map<String, String> properties, ClusterOptions cluster, HostPort http, boolean httpGiven) {
    Map<String, String> worker = new TreeMap<>();
    Map<String, String> broker = new TreeMap<>();
    properties.forEach(
        (name, value) -> {
          if (name.startsWith(WorkerSettings.PREFIX)) {
            worker.put(name.substring(WorkerSettings.PREFIX.length()), value);
          } else {
            broker.put(name, value);
          }
        });
    this.properties = Collections.unmodifiableMap(broker);
    this.connect = Collections.unmodifiableMap(worker);
    this.cluster = cluster;
    this.http = http;
    this.httpGiven = httpGiven;
  }

  public static NodeSettings of(StartOptions options) {
    Map<String, String> properties = new TreeMap<>();
    if (options.config() != null) {
      load(options.config(), properties);
    }
    for (String setting : options.settings()) {
      int equals = setting.indexOf('=');
      if (equals <= 0) {
        throw CliException.mistake(
            "--set wants NAME=VALUE, such as num.partitions=3, not '" + setting + "'");
      }
      properties.put(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
    }
    if (options.data() != null) {
      properties.put(LOG_DIRS, options.data().toString());
    } else if (isBlank(properties.get(LOG_DIRS))) {
      String older = properties.get(LOG_DIR);
      properties.put(LOG_DIRS, isBlank(older) ? DEFAULT_DATA.toString() : older);
    }
    if (options.listen() != null || !properties.containsKey(LISTENERS)) {
      String listen = options.listen() == null ? DEFAULT_LISTEN : options.listen();
      properties.put(LISTENERS, "PLAINTEXT://" + HostPort.parse("--listen", listen));
    }
    // Kafka's default of 3 s is for many consumers that start together; Kafka's own sample file
    // says 0, too.
    properties.putIfAbsent("group.initial.rebalance.delay.ms", "0");
    boolean open = Boolean.parseBoolean(properties.get(ALLOW_UNAUTHENTICATED));
    if (options.listen() != null) {
      requireLoopback(open, "--listen", HostPort.parse("--listen", options.listen()));
    }
    HostPort http =
        HostPort.parse("--http", options.http() == null ? DEFAULT_HTTP : options.http());
    requireLoopback(open, "--http", http);
    StartOptions.MemberOptions member = options.member();
    if (member.nodeId() != null) {
      properties.put("node.id", member.nodeId().toString());
    }
    ClusterOptions cluster =
        ClusterOptions.of(member.cluster(), member.nodeId(), member.join(), member.secretFile());
    NodeSettings all = new NodeSettings(properties, cluster, http, options.http() != null);
    if (cluster == null) {
      ClusterOptions.requireLone(all.data());
    }
    return all;
  }

  private static boolean isBlank(String value) {
    return value == null || value.isBlank();
  }

  private static void requireLoopback(boolean open, String option, HostPort address) {
    if (!open && !address.isLoopback(option)) {
      throw CliException.mistake(
          address
              + " can be reached from other machines and nothing here asks who they are;"
              + " listen on 127.0.0.1, or say --set "
              + ALLOW_UNAUTHENTICATED
              + "=true");
    }
  }

  private static void load(Path file, Map<String, String> properties) {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      read.load(reader);
    } catch (NoSuchFileException e) {
      throw CliException.mistake("--config: there is no file " + file, e);
    } catch (IOException | IllegalArgumentException e) {
      throw CliException.mistake("--config: cannot read " + file + ": " + e.getMessage(), e);
    }
    read.stringPropertyNames()
        .forEach(name -> properties.put(name, read.getProperty(name).strip()));
  }

  /** Kafka's names and their values, unmodifiable. */
  public Map<String, String> properties() {
    return properties;
  }

  /** Options for Connect's worker, in Connect's names, unmodifiable. */
  public Map<String, String> connect() {
    return connect;
  }

  /** Where HTTP is to be spoken. */
  public HostPort http() {
    return http;
  }

  /** Whether the user said where, so that nowhere else will do. */
  public boolean httpGiven() {
    return httpGiven;
  }

  /** Null for a node of its own. */
  public ClusterOptions cluster() {
    return cluster;
  }

  /** Where the node keeps its logs, and what else belongs to it. */
  public Path data() {
    return Path.of(properties.get(LOG_DIRS));
  }
}
