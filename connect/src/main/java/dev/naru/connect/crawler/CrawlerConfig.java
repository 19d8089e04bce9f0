package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.Admission;
import dev.naru.connect.crawler.frontier.Politeness;
import dev.naru.connect.crawler.frontier.Scope;
import dev.naru.connect.crawler.http.HttpFetcher;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The crawler's options, each declared once. */
public final class CrawlerConfig extends AbstractConfig {
  static final String URLS = "crawl.urls";
  static final String TOPIC = "topic";
  private static final String SCOPE = "crawl.scope";
  private static final String INCLUDE = "crawl.include";
  private static final String EXCLUDE = "crawl.exclude";
  private static final String DEPTH_MAX = "crawl.depth.max";
  private static final String PAGES_MAX = "crawl.pages.max";
  private static final String HOSTS_MAX = "crawl.hosts.max";
  private static final String PER_HOST_PAGES_MAX = "crawl.per.host.pages.max";
  private static final String PER_HOST_DELAY_MS = "crawl.per.host.delay.ms";
  private static final String PER_HOST_CONNECTIONS_MAX = "crawl.per.host.connections.max";
  private static final String PER_HOST_FAILURES_MAX = "crawl.per.host.failures.max";
  private static final String PER_PATH_QUERIES_MAX = "crawl.per.path.queries.max";
  private static final String CONNECTIONS_MAX = "crawl.connections.max";
  private static final String URL_CHARS_MAX = "crawl.url.chars.max";
  private static final String PAGE_BYTES_MAX = "crawl.page.bytes.max";
  private static final String TEXT_CHARS_MAX = "crawl.text.chars.max";
  private static final String LINKS_MAX = "crawl.links.max";
  private static final String RECORD_BYTES_MAX = "crawl.record.bytes.max";
  private static final String CONNECT_TIMEOUT_MS = "crawl.connect.timeout.ms";
  private static final String READ_TIMEOUT_MS = "crawl.read.timeout.ms";
  private static final String PAGE_TIMEOUT_MS = "crawl.page.timeout.ms";
  private static final String REDIRECTS_MAX = "crawl.redirects.max";
  private static final String RETRIES_MAX = "crawl.retries.max";
  private static final String RETRY_BACKOFF_MS = "crawl.retry.backoff.ms";
  private static final String RETRY_BACKOFF_MAX_MS = "crawl.retry.backoff.max.ms";
  private static final String USER_AGENT = "crawl.user.agent";
  private static final String ROBOTS_OBEY = "crawl.robots.obey";
  private static final String SITEMAPS = "crawl.sitemaps.follow";
  private static final String DELAY_MAX_MS = "crawl.delay.max.ms";
  private static final String PRIVATE_ALLOW = "crawl.private.addresses.allow";
  private static final String STATE_DIR = "crawl.state.dir";
  private static final String RECRAWL_AFTER_MS = "crawl.recrawl.after.ms";

  static final ConfigDef DEFINITION = site(limits(network(politeness(new ConfigDef()))));

  private final String name;

  public CrawlerConfig(Map<String, String> properties) {
    super(DEFINITION, properties, false);
    this.name = properties.getOrDefault("name", "crawler");
  }

  private static ConfigDef site(ConfigDef def) {
    return def.define(
            URLS,
            ConfigDef.Type.LIST,
            ConfigDef.NO_DEFAULT_VALUE,
            CrawlerConfig::checkUrls,
            Importance.HIGH,
            "The addresses to start from, separated by commas.")
        .define(
            TOPIC,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The topic that pages are written to, keyed by their address.")
        .define(
            SCOPE,
            ConfigDef.Type.STRING,
            "host",
            ValidString.in("host", "domain", "path", "any"),
            Importance.HIGH,
            "What a page must share with a start address to be crawled: its host, its registered domain, its host and folder, or nothing.")
        .define(
            INCLUDE,
            ConfigDef.Type.LIST,
            List.of(),
            CrawlerConfig::checkPatterns,
            Importance.MEDIUM,
            "Regular expressions; an address must contain a match of one of them, if there are any.")
        .define(
            EXCLUDE,
            ConfigDef.Type.LIST,
            List.of(),
            CrawlerConfig::checkPatterns,
            Importance.MEDIUM,
            "Regular expressions; an address that contains a match of one of them is left out.")
        .define(
            SITEMAPS,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.LOW,
            "Whether to read the sitemaps that robots.txt names.")
        .define(
            STATE_DIR,
            ConfigDef.Type.STRING,
            "crawler-state",
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The folder in which the crawl remembers where it was, in a folder named after the connector.")
        .define(
            RECRAWL_AFTER_MS,
            ConfigDef.Type.LONG,
            -1L,
            Range.atLeast(-1),
            Importance.MEDIUM,
            "How many milliseconds after it has finished the crawl begins again, asking only for what has changed; -1: never.");
  }

  private static ConfigDef limits(ConfigDef def) {
    return def.define(
            DEPTH_MAX,
            ConfigDef.Type.INT,
            32,
            Range.atLeast(0),
            Importance.HIGH,
            "How many links from a start address a page may be.")
        .define(
            PAGES_MAX,
            ConfigDef.Type.LONG,
            1_000_000L,
            Range.atLeast(1),
            Importance.HIGH,
            "How many pages are delivered before the crawl ends.")
        .define(
            HOSTS_MAX,
            ConfigDef.Type.INT,
            100_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many hosts are visited.")
        .define(
            PER_HOST_PAGES_MAX,
            ConfigDef.Type.INT,
            1_000_000,
            Range.atLeast(1),
            Importance.MEDIUM,
            "How many addresses of one host are visited.")
        .define(
            PER_PATH_QUERIES_MAX,
            ConfigDef.Type.INT,
            1_000,
            Range.atLeast(0),
            Importance.LOW,
            "How many addresses that differ only in their query are visited.")
        .define(
            URL_CHARS_MAX,
            ConfigDef.Type.INT,
            2_000,
            Range.between(16, 8_000),
            Importance.LOW,
            "How many characters an address may have.")
        .define(
            PAGE_BYTES_MAX,
            ConfigDef.Type.INT,
            5 * 1024 * 1024,
            Range.between(1_024, 256 * 1024 * 1024),
            Importance.MEDIUM,
            "How many bytes a page may have, before and after decompression; larger ones are skipped.")
        .define(
            TEXT_CHARS_MAX,
            ConfigDef.Type.INT,
            500_000,
            Range.atLeast(0),
            Importance.LOW,
            "How many characters of a page's text are kept.")
        .define(
            LINKS_MAX,
            ConfigDef.Type.INT,
            20_000,
            Range.atLeast(0),
            Importance.LOW,
            "How many links of one page are followed.")
        .define(
            RECORD_BYTES_MAX,
            ConfigDef.Type.INT,
            900_000,
            Range.atLeast(16_384),
            Importance.LOW,
            "How many bytes a record may have as JSON; links, then text, are cut to fit. Stay below the topic's max.message.bytes.");
  }

  private static ConfigDef network(ConfigDef def) {
    return def.define(
            CONNECTIONS_MAX,
            ConfigDef.Type.INT,
            16,
            Range.between(1, 1_000),
            Importance.MEDIUM,
            "How many requests are under way at a time.")
        .define(
            CONNECT_TIMEOUT_MS,
            ConfigDef.Type.INT,
            5_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds a connection may take to open.")
        .define(
            READ_TIMEOUT_MS,
            ConfigDef.Type.INT,
            10_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds a server may be silent.")
        .define(
            PAGE_TIMEOUT_MS,
            ConfigDef.Type.INT,
            30_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds a request may take as a whole.")
        .define(
            REDIRECTS_MAX,
            ConfigDef.Type.INT,
            10,
            Range.atLeast(0),
            Importance.LOW,
            "How many redirects in a row are followed.")
        .define(
            PRIVATE_ALLOW,
            ConfigDef.Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "Whether loopback, link-local and private addresses may be crawled.");
  }

  private static ConfigDef politeness(ConfigDef def) {
    return def.define(
            USER_AGENT,
            ConfigDef.Type.STRING,
            "Naru/0.1",
            new ConfigDef.NonEmptyString(),
            Importance.MEDIUM,
            "What the crawler calls itself; its first word is what robots.txt is searched for.")
        .define(
            ROBOTS_OBEY,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether to obey robots.txt, robots meta tags and nofollow links.")
        .define(
            DELAY_MAX_MS,
            ConfigDef.Type.LONG,
            30_000L,
            Range.atLeast(0),
            Importance.MEDIUM,
            "The cap, in milliseconds, on the Crawl-delay that robots.txt may ask for.")
        .define(
            PER_HOST_DELAY_MS,
            ConfigDef.Type.LONG,
            -1L,
            Range.atLeast(-1),
            Importance.HIGH,
            "How many milliseconds lie between two requests to one host; -1: 1000, and 0 for loopback hosts.")
        .define(
            PER_HOST_CONNECTIONS_MAX,
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.MEDIUM,
            "How many requests to one host are under way at a time; 0: one, and a quarter of crawl.connections.max for loopback hosts.")
        .define(
            PER_HOST_FAILURES_MAX,
            ConfigDef.Type.INT,
            8,
            Range.atLeast(1),
            Importance.LOW,
            "After how many failures in a row a host is given up until the connector starts again.")
        .define(
            RETRIES_MAX,
            ConfigDef.Type.INT,
            4,
            Range.atLeast(0),
            Importance.LOW,
            "How often a page is tried again after a failure that may pass.")
        .define(
            RETRY_BACKOFF_MS,
            ConfigDef.Type.LONG,
            1_000L,
            Range.atLeast(1),
            Importance.LOW,
            "How many milliseconds pass before the first retry; doubles with each further one.")
        .define(
            RETRY_BACKOFF_MAX_MS,
            ConfigDef.Type.LONG,
            300_000L,
            Range.atLeast(1),
            Importance.LOW,
            "The longest pause in milliseconds before a retry, also when the server asks for a longer one by Retry-After.");
  }

  private static void checkUrls(String option, Object value) {
    List<?> urls = (List<?>) value;
    if (urls.isEmpty()) {
      throw new ConfigException(
          option, value, "Name at least one address, such as https://example.org/.");
    }
    for (Object url : urls) {
      if (CanonicalUrl.parse(url.toString()).isEmpty()) {
        throw new ConfigException(
            option, url, "Not an http or https address; one looks like https://example.org/.");
      }
    }
  }

  private static void checkPatterns(String option, Object value) {
    for (Object pattern : (List<?>) value) {
      try {
        Pattern.compile(pattern.toString());
      } catch (PatternSyntaxException e) {
        throw new ConfigException(
            option, pattern, "Not a regular expression: " + e.getDescription() + ".");
      }
    }
  }

  /** The connector's name. */
  String name() {
    return name;
  }

  String topic() {
    return getString(TOPIC);
  }

  List<CanonicalUrl> seeds() {
    return getList(URLS).stream()
        .flatMap(url -> CanonicalUrl.parse(url).stream())
        .distinct()
        .toList();
  }

  Admission admission(Scope scope) {
    Admission.Limits limits =
        new Admission.Limits(
            getInt(DEPTH_MAX),
            getInt(URL_CHARS_MAX),
            getInt(PER_HOST_PAGES_MAX),
            getInt(PER_PATH_QUERIES_MAX),
            getInt(HOSTS_MAX));
    return new Admission(scope, patterns(INCLUDE), patterns(EXCLUDE), limits);
  }

  Scope.Reach reach() {
    return Scope.Reach.of(getString(SCOPE));
  }

  private List<Pattern> patterns(String option) {
    return getList(option).stream().map(Pattern::compile).toList();
  }

  Politeness politeness() {
    return new Politeness(
        getLong(PER_HOST_DELAY_MS),
        getInt(PER_HOST_CONNECTIONS_MAX),
        getInt(CONNECTIONS_MAX),
        getLong(DELAY_MAX_MS),
        getLong(RETRY_BACKOFF_MS),
        getLong(RETRY_BACKOFF_MAX_MS),
        getInt(RETRIES_MAX),
        getInt(PER_HOST_FAILURES_MAX));
  }

  HttpFetcher.Settings http() {
    return new HttpFetcher.Settings(
        getString(USER_AGENT),
        getInt(CONNECT_TIMEOUT_MS),
        getInt(READ_TIMEOUT_MS),
        getInt(PAGE_TIMEOUT_MS),
        getInt(CONNECTIONS_MAX));
  }

  boolean privateAddressesAllowed() {
    return getBoolean(PRIVATE_ALLOW);
  }

  /** The name that robots.txt is searched for. */
  String robotsName() {
    return getString(USER_AGENT).split("[/\\s(]")[0];
  }

  boolean obeyRobots() {
    return getBoolean(ROBOTS_OBEY);
  }

  boolean followSitemaps() {
    return getBoolean(SITEMAPS);
  }

  long pagesMax() {
    return getLong(PAGES_MAX);
  }

  int pageBytesMax() {
    return getInt(PAGE_BYTES_MAX);
  }

  int textCharsMax() {
    return getInt(TEXT_CHARS_MAX);
  }

  int linksMax() {
    return getInt(LINKS_MAX);
  }

  int recordBytesMax() {
    return getInt(RECORD_BYTES_MAX);
  }

  int redirectsMax() {
    return getInt(REDIRECTS_MAX);
  }

  /** Milliseconds from the end of a crawl to the start of the next; negative: never. */
  long recrawlAfterMs() {
    return getLong(RECRAWL_AFTER_MS);
  }

  /** This connector's own folder; a name never becomes a path. */
  Path stateFolder() {
    StringBuilder folder = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '-'
              || b == '_';
      folder.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b));
    }
    return Path.of(getString(STATE_DIR), folder.toString());
  }
}
