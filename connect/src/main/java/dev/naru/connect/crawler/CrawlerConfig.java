package dev.naru.connect.crawler;

import dev.naru.connect.common.NaruConfig;
import dev.naru.connect.crawler.frontier.Admission;
import dev.naru.connect.crawler.frontier.LongMap;
import dev.naru.connect.crawler.frontier.Politeness;
import dev.naru.connect.crawler.frontier.Recrawl;
import dev.naru.connect.crawler.frontier.Scope;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.page.PageField;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/** What a crawl was told to do: {@link CrawlerOptions}, read. */
public final class CrawlerConfig extends NaruConfig {
  /** Which of several tasks this is, as "2/4"; the connector writes it, nobody else. */
  static final String TASK = "crawl.task";

  private final int taskIndex;
  private final int taskCount;
  private final List<PageField> fields;

  public CrawlerConfig(Map<String, String> properties) {
    super(CrawlerOptions.DEFINITION, properties, "crawler");
    String[] task = properties.getOrDefault(TASK, "0/1").split("/");
    this.taskIndex = Integer.parseInt(task[0]);
    this.taskCount = Integer.parseInt(task[1]);
    this.fields = new ArrayList<>();
    for (String field : getList(CrawlerOptions.FIELDS)) {
      fields.add(field(field, properties));
    }
    if (getLong(CrawlerOptions.RECRAWL_MAX_MS) < getLong(CrawlerOptions.RECRAWL_AFTER_MS)) {
      throw new ConfigException(
          CrawlerOptions.RECRAWL_MAX_MS,
          getLong(CrawlerOptions.RECRAWL_MAX_MS),
          "The longest time must not be below the shortest, "
              + CrawlerOptions.RECRAWL_AFTER_MS
              + ".");
    }
  }

  private static PageField field(String field, Map<String, String> properties) {
    String prefix = CrawlerOptions.FIELDS + "." + field + ".";
    if (!field.matches("[A-Za-z_][A-Za-z0-9_]{0,62}") || PageRecords.PAGE.field(field) != null) {
      throw new ConfigException(
          CrawlerOptions.FIELDS,
          field,
          "A field's name has letters, digits and underscores, and is none of the record's own.");
    }
    String selector = properties.get(prefix + "selector");
    if (selector == null || selector.isBlank()) {
      throw new ConfigException(
          prefix + "selector", selector, "Say where the field is, by a CSS selector: span.price.");
    }
    try {
      return PageField.of(
          field,
          selector,
          properties.getOrDefault(prefix + "attribute", ""),
          Boolean.parseBoolean(properties.get(prefix + "many")));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          prefix + "selector", selector, "Not a CSS selector: " + e.getMessage());
    }
  }

  /** Which task this is, from 0 on. */
  int taskIndex() {
    return taskIndex;
  }

  /** How many tasks share the crawl. */
  int taskCount() {
    return taskCount;
  }

  /** Such as "2-of-4"; empty where there is one task. */
  String taskName() {
    return taskCount == 1 ? "" : taskIndex + "-of-" + taskCount;
  }

  /** What a log calls the crawl: its name, and which task of it, where there are several. */
  String label() {
    return taskCount == 1 ? name() : name() + " " + taskName();
  }

  /** How many tasks the crawl can make use of. */
  int tasksMax() {
    boolean staysOnHosts = reach() == Scope.Reach.HOST || reach() == Scope.Reach.PATH;
    return staysOnHosts
        ? (int) seeds().stream().map(CanonicalUrl::host).distinct().count()
        : Integer.MAX_VALUE;
  }

  /** This task's part of a number that is meant for the whole crawl. */
  private long part(long whole) {
    return whole / taskCount + (taskIndex < whole % taskCount ? 1 : 0);
  }

  List<PageField> fields() {
    return fields;
  }

  String topic() {
    return getString(CrawlerOptions.TOPIC);
  }

  List<CanonicalUrl> seeds() {
    return urls(CrawlerOptions.URLS);
  }

  List<CanonicalUrl> sitemaps() {
    return urls(CrawlerOptions.SITEMAP_URLS);
  }

  private List<CanonicalUrl> urls(String option) {
    return getList(option).stream()
        .flatMap(url -> CanonicalUrl.parse(url).stream())
        .distinct()
        .toList();
  }

  Admission admission(Scope scope, LongMap queriesOfPath) {
    Admission.Limits limits =
        new Admission.Limits(
            getInt(CrawlerOptions.DEPTH_MAX),
            getInt(CrawlerOptions.URL_CHARS_MAX),
            getInt(CrawlerOptions.PER_HOST_PAGES_MAX),
            getInt(CrawlerOptions.PER_PATH_QUERIES_MAX),
            (int) Math.max(part(getInt(CrawlerOptions.HOSTS_MAX)), 1));
    return new Admission(
        scope,
        patterns(CrawlerOptions.INCLUDE),
        patterns(CrawlerOptions.EXCLUDE),
        limits,
        queriesOfPath);
  }

  Scope.Reach reach() {
    return Scope.Reach.of(getString(CrawlerOptions.SCOPE));
  }

  private List<Pattern> patterns(String option) {
    return getList(option).stream().map(Pattern::compile).toList();
  }

  Politeness politeness() {
    return new Politeness(
        getLong(CrawlerOptions.PER_HOST_DELAY_MS),
        getInt(CrawlerOptions.PER_HOST_CONNECTIONS_MAX),
        getInt(CrawlerOptions.CONNECTIONS_MAX),
        getLong(CrawlerOptions.DELAY_MAX_MS),
        getLong(CrawlerOptions.RETRY_BACKOFF_MS),
        getLong(CrawlerOptions.RETRY_BACKOFF_MAX_MS),
        getInt(CrawlerOptions.RETRIES_MAX),
        getInt(CrawlerOptions.PER_HOST_FAILURES_MAX));
  }

  HttpFetcher.Settings http() {
    return new HttpFetcher.Settings(
        getString(CrawlerOptions.USER_AGENT),
        getInt(CrawlerOptions.CONNECT_TIMEOUT_MS),
        getInt(CrawlerOptions.READ_TIMEOUT_MS),
        getInt(CrawlerOptions.PAGE_TIMEOUT_MS),
        getInt(CrawlerOptions.CONNECTIONS_MAX));
  }

  boolean privateAddressesAllowed() {
    return getBoolean(CrawlerOptions.PRIVATE_ALLOW);
  }

  /** The name that robots.txt is searched for. */
  String robotsName() {
    return getString(CrawlerOptions.USER_AGENT).split("[/\\s(]")[0];
  }

  boolean obeyRobots() {
    return getBoolean(CrawlerOptions.ROBOTS_OBEY);
  }

  boolean followSitemaps() {
    return getBoolean(CrawlerOptions.SITEMAPS);
  }

  /** How many pages this task may deliver. */
  long pagesMax() {
    return part(getLong(CrawlerOptions.PAGES_MAX));
  }

  int pageBytesMax() {
    return getInt(CrawlerOptions.PAGE_BYTES_MAX);
  }

  int textCharsMax() {
    return getInt(CrawlerOptions.TEXT_CHARS_MAX);
  }

  int linksMax() {
    return getInt(CrawlerOptions.LINKS_MAX);
  }

  int recordBytesMax() {
    return getInt(CrawlerOptions.RECORD_BYTES_MAX);
  }

  int redirectsMax() {
    return getInt(CrawlerOptions.REDIRECTS_MAX);
  }

  Recrawl recrawl() {
    return new Recrawl(
        getLong(CrawlerOptions.RECRAWL_AFTER_MS), getLong(CrawlerOptions.RECRAWL_MAX_MS));
  }

  /** This task's own folder. */
  Path stateFolder() {
    return taskCount == 1 ? crawlFolder() : crawlFolder().resolve(taskName());
  }

  /** The folder in which tasks leave each other what they find. */
  Path boxes() {
    return crawlFolder().resolve("boxes-of-" + taskCount);
  }

  /** This connector's own folder; a name never becomes a path. */
  Path crawlFolder() {
    StringBuilder folder = new StringBuilder();
    for (byte b : name().getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '-'
              || b == '_';
      folder.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b));
    }
    return Path.of(getString(CrawlerOptions.STATE_DIR), folder.toString());
  }
}
