package dev.naru.connect.host;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The Connect worker's configuration, in Kafka Connect's names.
 *
 * <p>{@link #distributed} keeps connectors and their offsets in topics of the node, so that they
 * survive it; {@link #standalone} keeps source offsets in a file, for a command that runs one
 * connector and leaves.
 */
public final class WorkerSettings {
  /**
   * The worker's group; a sink's consumers are in {@code connect-NAME}, as in any Connect worker.
   */
  public static final String GROUP_ID = "naru-connect";

  /** Ours: where other workers reach this one's REST API; absent where nobody does. */
  public static final String REST_URL = "naru.rest.url";

  /** Ours: what the worker is called. */
  public static final String WORKER_ID = "naru.worker.id";

  /** Ours: which herder to run. */
  public static final String MODE = "naru.connect.mode";

  /** Ours: whether failed connectors and tasks are started again, see docs/connect.md. */
  public static final String RESTART_ENABLE = "naru.restart.enable";

  /** Where connectors are kept; as long as nobody made this topic there is nothing to run. */
  public static final String CONFIG_TOPIC = "naru-connect-configs";

  /** Worker options given by the user whose names begin so go to the worker without this. */
  public static final String PREFIX = "connect.";

  private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";

  private WorkerSettings() {}

  /**
   * A worker of a node that serves Connect's REST API, whose state is in topics.
   *
   * @param bootstrap HOST:PORT of the node's broker
   * @param restUrl where other workers reach its REST API, such as {@code http://10.0.0.1:8080/}
   * @param workerId what the worker is called in statuses; the same in every life of the node where
   *     that is possible, so that a new life may overwrite what the last one said
   * @param plugins a folder whose folders are plug-ins, or null
   * @param given what the user said, in Connect's names; wins
   */
  public static Map<String, String> node(
      String bootstrap, String restUrl, String workerId, Path plugins, Map<String, String> given) {
    Map<String, String> settings = distributed(bootstrap);
    settings.put(REST_URL, restUrl);
    settings.put(WORKER_ID, workerId);
    settings.put(RESTART_ENABLE, "true");
    settings.put("config.providers", "file,directory,env");
    for (String[] provider :
        new String[][] {{"file", "File"}, {"directory", "Directory"}, {"env", "EnvVar"}}) {
      settings.put(
          "config.providers." + provider[0] + ".class",
          "org.apache.kafka.common.config.provider." + provider[1] + "ConfigProvider");
    }
    if (plugins != null) {
      settings.put("plugin.path", plugins.toString());
    }
    settings.putAll(given);
    return settings;
  }

  /**
   * A worker whose state is in topics of the brokers at {@code bootstrap}.
   *
   * @param bootstrap HOST:PORT of a broker
   */
  public static Map<String, String> distributed(String bootstrap) {
    Map<String, String> settings = common(bootstrap);
    settings.put(MODE, "distributed");
    settings.put("group.id", GROUP_ID);
    for (String kind : new String[] {"config", "offset", "status"}) {
      settings.put(
          kind + ".storage.topic",
          kind.equals("config")
              ? CONFIG_TOPIC
              : "naru-connect-" + kind + (kind.equals("status") ? "" : "s"));
      settings.put(kind + ".storage.replication.factor", "-1");
    }
    settings.put("offset.storage.partitions", "1");
    settings.put("status.storage.partitions", "1");
    // What a worker did that is gone is taken over at once: waiting for it to come back helps
    // nobody, least of all where there is no other.
    settings.put("scheduled.rebalance.max.delay.ms", "0");
    settings.put("session.timeout.ms", "6000");
    settings.put("heartbeat.interval.ms", "2000");
    return settings;
  }

  /**
   * A worker whose source offsets are in {@code offsets}.
   *
   * @param bootstrap HOST:PORT of a broker
   * @param offsets a file; created when absent
   */
  public static Map<String, String> standalone(String bootstrap, Path offsets) {
    Map<String, String> settings = common(bootstrap);
    settings.put(MODE, "standalone");
    settings.put("offset.storage.file.filename", offsets.toString());
    return settings;
  }

  private static Map<String, String> common(String bootstrap) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("client.id", GROUP_ID);
    settings.put("plugin.discovery", "service_load");
    settings.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    settings.put("value.converter", JSON);
    settings.put("value.converter.schemas.enable", "false");
    settings.put("offset.flush.interval.ms", "1000");
    settings.put("consumer.session.timeout.ms", "10000");
    settings.put("consumer.heartbeat.interval.ms", "3000");
    return settings;
  }
}
