package dev.naru.connect.http;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/** Asks an HTTP API again and again and writes what is new to a topic. One task. */
public final class HttpSourceConnector extends SourceConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new HttpSourceConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return HttpSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(properties);
  }

  @Override
  public void stop() {
    properties = null;
  }

  @Override
  public Config validate(Map<String, String> props) {
    return Options.checkedTogether(
        super.validate(props), props, HttpConfig.URL, HttpSourceConfig::new);
  }

  /** A page that was being delivered is asked for again, and may be another one by then. */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> props) {
    return ExactlyOnceSupport.UNSUPPORTED;
  }

  @Override
  public boolean alterOffsets(
      Map<String, String> props, Map<Map<String, ?>, Map<String, ?>> offsets) {
    return true;
  }

  @Override
  public ConfigDef config() {
    return HttpSourceConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
