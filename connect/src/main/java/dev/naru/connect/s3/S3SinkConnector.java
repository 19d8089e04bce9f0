package dev.naru.connect.s3;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Stores topics as objects of JSON lines in a store that speaks S3. */
public final class S3SinkConnector extends SinkConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new S3SinkConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return S3SinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return Collections.nCopies(maxTasks, properties);
  }

  @Override
  public void stop() {
    properties = null;
  }

  @Override
  public Config validate(Map<String, String> props) {
    return Options.checkedTogether(
        super.validate(props), props, S3SinkConfig.BUCKET, S3SinkConfig::new);
  }

  @Override
  public ConfigDef config() {
    return S3SinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
