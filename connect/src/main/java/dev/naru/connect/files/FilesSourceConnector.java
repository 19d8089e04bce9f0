package dev.naru.connect.files;

import dev.naru.connect.common.NaruSourceConnector;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;

/** Reads the lines of files in a folder into a topic: CSV, JSON, or text. */
public final class FilesSourceConnector extends NaruSourceConnector<FilesSourceConfig> {
  public FilesSourceConnector() {
    super(FilesSourceTask.class, FilesSourceConfig.FOLDER, FilesSourceConfig::new);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks).mapToObj(task -> taskConfig(task, maxTasks)).toList();
  }

  private Map<String, String> taskConfig(int task, int tasks) {
    return taskConfig(
        Map.of(
            FilesSourceConfig.TASK,
            String.valueOf(task),
            FilesSourceConfig.TASKS,
            String.valueOf(tasks)));
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
}
