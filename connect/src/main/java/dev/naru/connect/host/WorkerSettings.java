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

  /** Ours: which herder to run. */
  public static final String MODE = "naru.connect.mode";

  private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";

  private WorkerSettings() {}

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
          kind + ".storage.topic", "naru-connect-" + kind + (kind.equals("status") ? "" : "s"));
      settings.put(kind + ".storage.replication.factor", "-1");
    }
    settings.put("offset.storage.partitions", "1");
    settings.put("status.storage.partitions", "1");
    // The worker lives and dies with its node: nobody else takes its work, so waiting for it to
    // come back helps nobody.
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
