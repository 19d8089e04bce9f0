package dev.naru.connect.http;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Calls a URL for the records of topics. */
public final class HttpSinkConnector extends SinkConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new HttpSinkConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return HttpSinkTask.class;
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
        super.validate(props), props, HttpConfig.URL, HttpSinkConfig::new);
  }

  @Override
  public ConfigDef config() {
    return HttpSinkConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
