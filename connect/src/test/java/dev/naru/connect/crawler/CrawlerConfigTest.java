package dev.naru.connect.crawler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.junit.jupiter.api.Test;

/** What the crawler says of its configuration. */
class CrawlerConfigTest {
  @Test
  void mistakesInTheConfigurationAreOneSentence() {
    CrawlerSourceConnector connector = new CrawlerSourceConnector();
    ConfigException bad =
        assertThrows(
            ConfigException.class,
            () -> connector.start(Map.of("topic", "t", "crawl.urls", "ftp://x/")));
    assertTrue(bad.getMessage().contains("Not an http or https address"), bad.getMessage());
    assertThrows(
        ConfigException.class,
        () ->
            connector.start(Map.of("topic", "t", "crawl.urls", "http://x/", "crawl.exclude", "(")));
    connector.start(Map.of("topic", "t", "crawl.urls", "http://x/"));
    assertEquals(1, connector.taskConfigs(10).size());
    assertFalse(
        connector.config().configKeys().values().stream()
            .anyMatch(key -> key.documentation.isBlank()));
  }

  private static String refused(String... options) {
    Map<String, String> config = new HashMap<>(Map.of("topic", "t", "crawl.urls", "http://x/"));
    for (int i = 0; i < options.length; i += 2) {
      config.put(options[i], options[i + 1]);
    }
    return assertThrows(ConfigException.class, () -> new CrawlerConfig(config)).getMessage();
  }

  @Test
  void mistakesInFieldsNameTheField() {
    String none = refused("crawl.fields", "price");
    assertTrue(none.contains("crawl.fields.price.selector"), none);
    String bad = refused("crawl.fields", "price", "crawl.fields.price.selector", "b[");
    assertTrue(bad.contains("Not a CSS selector"), bad);
    String taken = refused("crawl.fields", "title", "crawl.fields.title.selector", "b");
    assertTrue(taken.contains("none of the record's own"), taken);
    String order = refused("crawl.recrawl.after.ms", "10", "crawl.recrawl.max.ms", "9");
    assertTrue(order.contains("must not be below"), order);
    String sitemap = refused("crawl.sitemaps", "sitemap.xml");
    assertTrue(sitemap.contains("Not an http or https address"), sitemap);
  }

  @Test
  void whatIsWrongOnlyTogetherIsSaidBeforeItStarts() {
    CrawlerSourceConnector connector = new CrawlerSourceConnector();
    Map<String, String> config = new HashMap<>(Map.of("topic", "t", "crawl.urls", "http://x/"));
    assertEquals(List.of(), mistakes(connector.validate(config)));
    config.put("crawl.fields", "price");
    List<String> mistakes = mistakes(connector.validate(config));
    assertEquals(1, mistakes.size(), mistakes.toString());
    assertTrue(mistakes.get(0).contains("crawl.fields.price.selector"), mistakes.get(0));
  }

  private static List<String> mistakes(Config config) {
    return config.configValues().stream().flatMap(value -> value.errorMessages().stream()).toList();
  }

  @Test
  void thereAreNoMoreTasksThanHostsToShare() {
    CrawlerSourceConnector connector = new CrawlerSourceConnector();
    Map<String, String> config =
        Map.of("name", "n", "topic", "t", "crawl.urls", "http://a.example/,http://b.example/x");
    connector.start(config);
    assertEquals(ExactlyOnceSupport.SUPPORTED, connector.exactlyOnceSupport(config));
    assertEquals(List.of(config), connector.taskConfigs(1));
    List<Map<String, String>> tasks = connector.taskConfigs(5);
    assertEquals(2, tasks.size());
    assertEquals("1/2", tasks.get(1).get("crawl.task"));
    CrawlerConfig second = new CrawlerConfig(tasks.get(1));
    assertTrue(second.stateFolder().endsWith("n/1-of-2"), second.stateFolder().toString());
    Map<String, String> wide = new HashMap<>(config);
    wide.put("crawl.scope", "domain");
    wide.put("crawl.pages.max", "11");
    connector.start(wide);
    List<Map<String, String>> four = connector.taskConfigs(4);
    assertEquals(
        List.of(3L, 3L, 3L, 2L),
        four.stream().map(task -> new CrawlerConfig(task).pagesMax()).toList());
  }

  /** Connect finds an offset by its partition as text, with the names in the order of the map. */
  @Test
  void aTaskFindsItsOffsetInAnotherProcess() {
    Map<String, String> config =
        Map.of("name", "n", "topic", "t", "crawl.urls", "http://x/", "crawl.task", "0/2");
    Map<String, String> partition = CrawlerSourceTask.partition(new CrawlerConfig(config));
    assertEquals("{crawl=n, task=0-of-2}", partition.toString());
    assertInstanceOf(SortedMap.class, partition, "has the same order in each process");
  }

  /** What a user reads, against what the crawler knows. */
  @Test
  void theDocumentationHasEveryOption() throws IOException {
    Path page = Path.of("..", "docs", "connectors", "crawler.md");
    List<String> rows =
        Files.readAllLines(page).stream().filter(line -> line.startsWith("| `")).toList();
    List<String> expected =
        CrawlerOptions.DEFINITION.configKeys().values().stream()
            .map(CrawlerConfigTest::row)
            .toList();
    assertEquals(
        String.join("\n", expected),
        String.join("\n", rows.stream().filter(expected::contains).toList()),
        "rows of the table of options in " + page);
    assertEquals(
        expected.size(),
        rows.stream().filter(row -> row.contains("crawl.") || row.contains("`topic`")).count());
  }

  private static String row(ConfigDef.ConfigKey key) {
    Object value = key.defaultValue;
    String shown =
        value == ConfigDef.NO_DEFAULT_VALUE
            ? "**required**"
            : value instanceof List<?> list && list.isEmpty() ? "none" : "`" + value + "`";
    return "| `" + key.name + "` | " + shown + " | " + key.documentation + " |";
  }
}
