package dev.naru.connect.crawler;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The crawler's options, each declared once. */
final class CrawlerOptions {
  static final String URLS = "crawl.urls";
  static final String TOPIC = "topic";
  static final String SCOPE = "crawl.scope";
  static final String INCLUDE = "crawl.include";
  static final String EXCLUDE = "crawl.exclude";
  static final String DEPTH_MAX = "crawl.depth.max";
  static final String PAGES_MAX = "crawl.pages.max";
  static final String HOSTS_MAX = "crawl.hosts.max";
  static final String PER_HOST_PAGES_MAX = "crawl.per.host.pages.max";
  static final String PER_HOST_DELAY_MS = "crawl.per.host.delay.ms";
  static final String PER_HOST_CONNECTIONS_MAX = "crawl.per.host.connections.max";
  static final String PER_HOST_FAILURES_MAX = "crawl.per.host.failures.max";
  static final String PER_PATH_QUERIES_MAX = "crawl.per.path.queries.max";
  static final String CONNECTIONS_MAX = "crawl.connections.max";
  static final String URL_CHARS_MAX = "crawl.url.chars.max";
  static final String PAGE_BYTES_MAX = "crawl.page.bytes.max";
  static final String TEXT_CHARS_MAX = "crawl.text.chars.max";
  static final String LINKS_MAX = "crawl.links.max";
  static final String RECORD_BYTES_MAX = "crawl.record.bytes.max";
  static final String CONNECT_TIMEOUT_MS = "crawl.connect.timeout.ms";
  static final String READ_TIMEOUT_MS = "crawl.read.timeout.ms";
  static final String PAGE_TIMEOUT_MS = "crawl.page.timeout.ms";
  static final String REDIRECTS_MAX = "crawl.redirects.max";
  static final String RETRIES_MAX = "crawl.retries.max";
  static final String RETRY_BACKOFF_MS = "crawl.retry.backoff.ms";
  static final String RETRY_BACKOFF_MAX_MS = "crawl.retry.backoff.max.ms";
  static final String USER_AGENT = "crawl.user.agent";
  static final String ROBOTS_OBEY = "crawl.robots.obey";
  static final String SITEMAPS = "crawl.sitemaps.follow";
  static final String DELAY_MAX_MS = "crawl.delay.max.ms";
  static final String PRIVATE_ALLOW = "crawl.private.addresses.allow";
  static final String STATE_DIR = "crawl.state.dir";
  static final String RECRAWL_AFTER_MS = "crawl.recrawl.after.ms";

  static final String SITEMAP_URLS = "crawl.sitemaps";
  static final String RECRAWL_MAX_MS = "crawl.recrawl.max.ms";
  static final String FIELDS = "crawl.fields";

  static final ConfigDef DEFINITION =
      politeness(network(limits(recrawl(content(site(new ConfigDef()))))));

  private CrawlerOptions() {}

  private static ConfigDef site(ConfigDef def) {
    return def.define(
            URLS,
            ConfigDef.Type.LIST,
            ConfigDef.NO_DEFAULT_VALUE,
            CrawlerOptions::checkUrls,
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
            CrawlerOptions::checkPatterns,
            Importance.MEDIUM,
            "Regular expressions; an address must contain a match of one of them, if there are any.")
        .define(
            EXCLUDE,
            ConfigDef.Type.LIST,
            List.of(),
            CrawlerOptions::checkPatterns,
            Importance.MEDIUM,
            "Regular expressions; an address that contains a match of one of them is left out.")
        .define(
            STATE_DIR,
            ConfigDef.Type.STRING,
            "crawler-state",
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The folder in which the crawl remembers where it was, in a folder named after the connector; all tasks must see it.");
  }

  private static ConfigDef content(ConfigDef def) {
    return def.define(
            SITEMAPS,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.LOW,
            "Whether to read the sitemaps that robots.txt names.")
        .define(
            SITEMAP_URLS,
            ConfigDef.Type.LIST,
            List.of(),
            CrawlerOptions::checkUrls,
            Importance.MEDIUM,
            "Sitemaps to read as well, separated by commas; what they list is crawled if it is in scope.")
        .define(
            FIELDS,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Names of fields of your own, separated by commas. Each has a CSS selector in crawl.fields.NAME.selector; the text of the first element it finds becomes the record's field NAME, or with crawl.fields.NAME.attribute that attribute, or with crawl.fields.NAME.many=true an array of all it finds.");
  }

  private static ConfigDef recrawl(ConfigDef def) {
    return def.define(
            RECRAWL_AFTER_MS,
            ConfigDef.Type.LONG,
            -1L,
            Range.atLeast(-1),
            Importance.MEDIUM,
            "The shortest time in milliseconds after which a page is asked for again, and the first; it is halved whenever the page has changed, and doubled when it has not; -1: never again.")
        .define(
            RECRAWL_MAX_MS,
            ConfigDef.Type.LONG,
            2_592_000_000L,
            Range.atLeast(1),
            Importance.LOW,
            "The longest time in milliseconds after which a page is asked for again; also that for addresses that are no pages at the moment: gone, failed, skipped.");
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
            "How many pages the topic has before the crawl takes no further ones; each task has an equal part of them.")
        .define(
            HOSTS_MAX,
            ConfigDef.Type.INT,
            100_000,
            Range.atLeast(1),
            Importance.LOW,
            "How many hosts are visited; each task has an equal part of them.")
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
            "How many requests of a task are under way at a time.")
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
            "After how many failures in a row a host is given up: until the connector starts again, or for ten minutes where pages are asked for again.")
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
    if (urls.isEmpty() && option.equals(URLS)) {
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
}
