package dev.naru.connect.crawler;

import dev.naru.connect.common.NaruSourceConnector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;

/**
 * Crawls web sites politely and writes a record per page, keyed by the page's address.
 *
 * <p>A host belongs to one task, with its queue, its pace and what was seen of it; {@code
 * tasks.max} tasks share the hosts among themselves. As one task does its work with many
 * connections and threads, several are worth it for many hosts only, and a crawl that stays on its
 * start addresses' hosts has no more tasks than those.
 */
public final class CrawlerSourceConnector extends NaruSourceConnector<CrawlerConfig> {
  public CrawlerSourceConnector() {
    super(CrawlerSourceTask.class, CrawlerOptions.URLS, CrawlerConfig::new);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    int count = Math.min(maxTasks, settings().tasksMax());
    if (count == 1) {
      return super.taskConfigs(maxTasks);
    }
    return IntStream.range(0, count)
        .mapToObj(index -> taskConfig(Map.of(CrawlerConfig.TASK, index + "/" + count)))
        .toList();
  }

  @Override
  public ConfigDef config() {
    return CrawlerOptions.DEFINITION;
  }

  /** Also when a task is killed, where the worker can: see {@link CrawlerSourceTask}. */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> config) {
    return ExactlyOnceSupport.SUPPORTED;
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
    Path folder = new CrawlerConfig(config).crawlFolder();
    try {
      Folders.delete(folder);
      return true;
    } catch (IOException e) {
      throw new ConnectException("The crawl state in " + folder + " cannot be deleted.", e);
    }
  }
}
