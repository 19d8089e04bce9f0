package dev.naru.connect.http;

import dev.naru.connect.common.Fingerprint;
import dev.naru.connect.common.HttpCalls;
import dev.naru.connect.common.HttpRetries;
import dev.naru.connect.common.JsonPointer;
import dev.naru.connect.common.JsonText;
import dev.naru.connect.common.Pause;
import dev.naru.connect.common.PluginVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * Asks a URL again and again, page by page. A page counts as read when Connect has its last record:
 * at least once.
 */
public final class HttpSourceTask extends SourceTask {
  private static final int REDIRECTS_MAX = 5;
  private static final int NOT_MODIFIED = 304;
  private static final String PARTITION = "url";

  private final LongSupplier clock;
  private final Pause pause;
  private HttpSourceConfig config;
  private PageReader reader;
  private JsonPointer key;
  private JsonPointer since;
  private HttpCalls calls;
  private HttpRetries retries;
  private Progress progress;
  private long dueMs;

  public HttpSourceTask() {
    this(() -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), new Pause());
  }

  /**
   * With a clock of the caller's.
   *
   * @param clock milliseconds from anywhere, never backwards
   */
  HttpSourceTask(LongSupplier clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public void start(Map<String, String> props) {
    config = new HttpSourceConfig(props);
    reader = new PageReader(config);
    key = config.key();
    since = config.since();
    calls =
        new HttpCalls(
            "naru-http-source-" + config.name(),
            config.connectTimeoutMs(),
            config.timeoutMs(),
            config.bytesMax());
    retries = new HttpRetries(config);
    progress = Progress.of(context.offsetStorageReader().offset(partition()));
    dueMs = clock.getAsLong();
  }

  private Map<String, String> partition() {
    return Map.of(PARTITION, config.url());
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    if (!pause.untilDue(dueMs, clock)) {
      return null;
    }
    URI uri = progress.page() == null ? first() : URI.create(progress.page());
    try {
      HttpCalls.Answer answer = get(uri);
      if (answer.mayPass()) {
        throw later(retries.refused("GET", uri, answer), null);
      }
      retries.succeeded();
      List<SourceRecord> records = records(uri, answer);
      return records.isEmpty() ? null : records;
    } catch (IOException e) {
      if (pause.isStopped()) {
        return null;
      }
      throw later(retries.failed("GET", uri, e), e);
    }
  }

  private RetriableException later(HttpRetries.Retry retry, IOException cause) {
    dueMs = clock.getAsLong() + retry.pauseMs();
    return new RetriableException(retry.sentence(), cause);
  }

  private URI first() {
    URI uri = URI.create(config.url());
    String from = progress.since() == null ? config.sinceFirst() : progress.since();
    if (!config.sinceParameter().isEmpty() && !from.isEmpty()) {
      uri = Urls.with(uri, config.sinceParameter(), from);
    }
    return config.paging() == HttpSourceConfig.Paging.PAGE
        ? Urls.with(uri, config.pageParameter(), String.valueOf(config.firstPage()))
        : uri;
  }

  private HttpCalls.Answer get(URI uri) throws IOException, InterruptedException {
    URI at = uri;
    for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      HttpCalls.Answer answer = calls.send(request(at));
      String location = answer.header("Location");
      if (answer.status() / 100 != 3 || answer.status() == NOT_MODIFIED || location == null) {
        return answer;
      }
      URI next = at.resolve(location);
      if (!Urls.isSameOrigin(uri, next)) {
        throw new ConnectException(
            HttpCalls.describe(uri)
                + " redirects to another server, "
                + HttpCalls.describe(next)
                + "; set http.url to it if it is the right one.");
      }
      at = next;
    }
    throw new ConnectException(
        HttpCalls.describe(uri) + " redirects more than " + REDIRECTS_MAX + " times.");
  }

  private HttpRequest request(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).GET();
    config.headers().forEach(request::setHeader);
    if (isOneDocument()) {
      if (progress.etag() != null) {
        request.setHeader("If-None-Match", progress.etag());
      }
      if (progress.modified() != null) {
        request.setHeader("If-Modified-Since", progress.modified());
      }
    }
    return request.build();
  }

  /** Whether what has not changed since the last round needs no reading. */
  private boolean isOneDocument() {
    return config.paging() == HttpSourceConfig.Paging.NONE;
  }

  private List<SourceRecord> records(URI uri, HttpCalls.Answer answer) {
    if (answer.status() == NOT_MODIFIED && isOneDocument()) {
      dueMs = clock.getAsLong() + config.pollIntervalMs();
      return List.of();
    }
    if (!answer.isSuccess()) {
      throw new ConnectException(HttpRetries.sentence("GET", uri, answer) + ".");
    }
    String body = isOneDocument() ? Fingerprint.of(answer.text()) : null;
    if (body != null && body.equals(progress.body())) {
      dueMs = clock.getAsLong() + config.pollIntervalMs();
      return List.of();
    }
    PageReader.Page page = reader.read(uri, answer, progress.pages());
    if (page.next() != null && progress.pages() + 1 >= config.pagesMax()) {
      throw new ConnectException(
          "The pages of "
              + HttpCalls.describe(uri)
              + " do not end: there are more than paging.pages.max="
              + config.pagesMax()
              + ".");
    }
    return take(page, answer, body);
  }

  private List<SourceRecord> take(PageReader.Page page, HttpCalls.Answer answer, String body) {
    Progress before = progress;
    Progress after = progress;
    List<Object> fresh = new ArrayList<>();
    for (Object record : page.records()) {
      if (since == null) {
        fresh.add(record);
        continue;
      }
      String value = sinceValue(record);
      String fingerprint = Fingerprint.of(JsonText.of(record));
      if (!before.isKnown(value, fingerprint)) {
        fresh.add(record);
        after = after.seeing(value, fingerprint);
      }
    }
    boolean ended = page.next() == null;
    progress =
        ended
            ? after.ended(answer.header("ETag"), answer.header("Last-Modified"), body)
            : after.at(page.next().toString());
    dueMs = clock.getAsLong() + (ended ? config.pollIntervalMs() : 0);
    List<SourceRecord> records = new ArrayList<>(fresh.size());
    for (int i = 0; i < fresh.size(); i++) {
      Progress at = i == fresh.size() - 1 ? progress : before;
      records.add(record(fresh.get(i), at));
    }
    return records;
  }

  private String sinceValue(Object record) {
    Object value = since.in(record);
    if (value == null) {
      throw new ConnectException(
          "A record of "
              + HttpCalls.describe(URI.create(config.url()))
              + " has nothing at since.pointer="
              + since
              + ".");
    }
    return value.toString();
  }

  private SourceRecord record(Object value, Progress at) {
    Object keyed = key == null ? null : key.in(value);
    String keyText =
        keyed == null ? null : keyed instanceof String text ? text : JsonText.of(keyed);
    boolean text = config.isTextValue() || value instanceof String;
    return new SourceRecord(
        partition(),
        at.toOffset(),
        config.topic(),
        null,
        keyText == null ? null : Schema.STRING_SCHEMA,
        keyText,
        text ? Schema.STRING_SCHEMA : null,
        text && !(value instanceof String) ? JsonText.of(value) : value);
  }

  /** Comes from another thread than polls do. */
  @Override
  public void stop() {
    pause.stop();
    if (calls != null) {
      calls.close();
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
