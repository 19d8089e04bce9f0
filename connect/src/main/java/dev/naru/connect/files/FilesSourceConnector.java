package dev.naru.connect.files;

import dev.naru.connect.common.Options;
import dev.naru.connect.common.PluginVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/** Reads the lines of files in a folder into a topic: CSV, JSON, or text. */
public final class FilesSourceConnector extends SourceConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new FilesSourceConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return FilesSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks).mapToObj(task -> taskConfig(task, maxTasks)).toList();
  }

  private Map<String, String> taskConfig(int task, int tasks) {
    Map<String, String> config = new HashMap<>(properties);
    config.put(FilesSourceConfig.TASK, String.valueOf(task));
    config.put(FilesSourceConfig.TASKS, String.valueOf(tasks));
    return config;
  }

  @Override
  public void stop() {
    properties = null;
  }

  @Override
  public Config validate(Map<String, String> props) {
    return Options.checkedTogether(
        super.validate(props), props, FilesSourceConfig.FOLDER, FilesSourceConfig::new);
  }

  /** A record's offset says exactly how much of its file was read. */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> props) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public boolean alterOffsets(
      Map<String, String> props, Map<Map<String, ?>, Map<String, ?>> offsets) {
    for (Map<String, ?> partition : offsets.keySet()) {
      if (partition.size() != 1 || !partition.containsKey("file")) {
        throw new ConnectException(
            "An offset of this connector belongs to {\"file\": \"name\"}, not to "
                + partition
                + ".");
      }
    }
    return true;
  }

  @Override
  public ConfigDef config() {
    return FilesSourceConfig.DEFINITION;
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
