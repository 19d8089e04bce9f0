package dev.naru.connect.host.inside;

import dev.naru.connect.host.WorkerSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.json.JsonConverterConfig;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.Worker;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.runtime.distributed.DistributedHerder;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.RestClient;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.FileOffsetBackingStore;
import org.apache.kafka.connect.storage.KafkaConfigBackingStore;
import org.apache.kafka.connect.storage.KafkaOffsetBackingStore;
import org.apache.kafka.connect.storage.KafkaStatusBackingStore;
import org.apache.kafka.connect.util.ConnectUtils;
import org.apache.kafka.connect.util.SharedTopicAdmin;

/** Puts Connect's parts together without its REST server. */
final class Herders {
  /** Of a worker that was not told what it is called; the same in every life. */
  private static final String WORKER_ID = "naru";

  private Herders() {}

  static Herder standalone(Map<String, String> settings, Plugins plugins) {
    StandaloneConfig config = new StandaloneConfig(settings);
    FileOffsetBackingStore offsets = new FileOffsetBackingStore(schemaless(plugins));
    offsets.configure(config);
    ConnectorClientConfigOverridePolicy policy = policy(config, plugins);
    Worker worker = new Worker(WORKER_ID, Time.SYSTEM, plugins, config, offsets, policy);
    return new StandaloneHerder(worker, config.kafkaClusterId(), policy);
  }

  /**
   * @param client asks the leader of the workers; null when there are no others
   */
  static Herder distributed(Map<String, String> settings, Plugins plugins, RestClient client) {
    DistributedConfig config = new DistributedConfig(settings);
    String workerId = settings.getOrDefault(WorkerSettings.WORKER_ID, WORKER_ID);
    String clusterId = config.kafkaClusterId();
    String clientIdBase = ConnectUtils.clientIdBase(config);
    Map<String, Object> adminConfig = new HashMap<>(config.originals());
    ConnectUtils.addMetricsContextProperties(adminConfig, config, clusterId);
    adminConfig.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientIdBase + "shared-admin");
    SharedTopicAdmin admin = new SharedTopicAdmin(adminConfig);

    KafkaOffsetBackingStore offsets =
        new KafkaOffsetBackingStore(admin, () -> clientIdBase, schemaless(plugins));
    offsets.configure(config);
    ConnectorClientConfigOverridePolicy policy = policy(config, plugins);
    Worker worker = new Worker(workerId, Time.SYSTEM, plugins, config, offsets, policy);
    Converter converter = worker.getInternalValueConverter();
    KafkaStatusBackingStore statuses =
        new KafkaStatusBackingStore(Time.SYSTEM, converter, admin, clientIdBase);
    statuses.configure(config);
    KafkaConfigBackingStore configs =
        new KafkaConfigBackingStore(
            converter, config, worker.configTransformer(), admin, clientIdBase);
    return new DistributedHerder(
        config,
        Time.SYSTEM,
        worker,
        clusterId,
        statuses,
        configs,
        settings.getOrDefault(WorkerSettings.REST_URL, workerId),
        client,
        policy,
        List.of(),
        admin);
  }

  private static Converter schemaless(Plugins plugins) {
    return plugins.newInternalConverter(
        true,
        JsonConverter.class.getName(),
        Map.of(JsonConverterConfig.SCHEMAS_ENABLE_CONFIG, "false"));
  }

  private static ConnectorClientConfigOverridePolicy policy(WorkerConfig config, Plugins plugins) {
    return plugins.newPlugin(
        config.getString(WorkerConfig.CONNECTOR_CLIENT_POLICY_CLASS_CONFIG),
        config,
        ConnectorClientConfigOverridePolicy.class);
  }
}
