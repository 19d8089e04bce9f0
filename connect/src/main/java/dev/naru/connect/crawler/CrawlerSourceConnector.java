package dev.naru.connect.crawler;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * Crawls web sites politely and writes a record per page, keyed by the page's address.
 *
 * <p>A crawl is always one task, whatever {@code tasks.max} says: its queues, its pace per host and
 * what it has seen belong together, and the task does its work with many connections and threads of
 * its own. Several crawls are several connectors.
 */
public final class CrawlerSourceConnector extends SourceConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> props) {
    new CrawlerConfig(props);
    properties = Map.copyOf(props);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return CrawlerSourceTask.class;
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
  public ConfigDef config() {
    return CrawlerConfig.DEFINITION;
  }

  @Override
  public String version() {
    return Version.VERSION;
  }

  /**
   * Resetting a connector's offsets forgets the crawl, so that it begins anew. Offsets cannot be
   * set to anything else.
   */
  @Override
  public boolean alterOffsets(
      Map<String, String> config, Map<Map<String, ?>, Map<String, ?>> offsets) {
    if (offsets.values().stream().anyMatch(offset -> offset != null)) {
      throw new ConfigException(
          "A crawl's offsets can be reset, which begins it anew, but not set.");
    }
    Path folder = new CrawlerConfig(config).stateFolder();
    try {
      deleteFolder(folder);
      return true;
    } catch (IOException e) {
      throw new ConnectException("The crawl state in " + folder + " cannot be deleted.", e);
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
