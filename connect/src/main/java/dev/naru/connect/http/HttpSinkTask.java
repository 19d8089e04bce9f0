package dev.naru.connect.http;

import dev.naru.connect.common.HttpCalls;
import dev.naru.connect.common.HttpRetries;
import dev.naru.connect.common.PluginVersion;
import dev.naru.connect.common.SinkRecords;
import dev.naru.connect.http.HttpSinkConfig.Tombstones;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a URL for each record, or for several of them. What fails for a while is tried again with
 * the records that come after it: nothing overtakes. At least once; a server that looks at the
 * idempotency header makes it once.
 */
public final class HttpSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(HttpSinkTask.class);
  private static final Set<Integer> WHO_ASKS = Set.of(401, 403, 407);
  private static final Set<Integer> WHAT_IS_ASKED = Set.of(404, 405, 410);
  private static final Set<Integer> GONE = Set.of(404, 410);
  private static final int BAD_REQUEST = 400;
  private static final int SERVER_ERROR = 500;

  /** The next offset of each partition to send: Connect hands over again what was handed over. */
  private final Map<TopicPartition, Long> sent = new HashMap<>();

  private HttpSinkConfig config;
  private HttpCalls calls;
  private HttpRetries retries;
  private ErrantRecordReporter reporter;
  private boolean saidTombstone;

  @Override
  public void start(Map<String, String> props) {
    config = new HttpSinkConfig(props);
    calls =
        new HttpCalls(
            "naru-http-sink-" + config.name(),
            config.connectTimeoutMs(),
            config.timeoutMs(),
            config.bytesMax());
    retries = new HttpRetries(config);
    reporter = context == null ? null : context.errantRecordReporter();
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    partitions.forEach(sent::remove);
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    Map<TopicPartition, List<SinkRecord>> byPartition = new LinkedHashMap<>();
    for (SinkRecord record : records) {
      TopicPartition partition = SinkRecords.partition(record);
      if (record.originalKafkaOffset() >= sent.getOrDefault(partition, 0L)) {
        byPartition.computeIfAbsent(partition, p -> new ArrayList<>()).add(record);
      }
    }
    byPartition.values().forEach(this::send);
  }

  private void send(List<SinkRecord> records) {
    List<SinkRecord> together = new ArrayList<>();
    List<byte[]> bodies = new ArrayList<>();
    int bytes = 0;
    for (SinkRecord record : records) {
      byte[] body = body(record);
      boolean full = together.size() == config.batchRecords();
      if (body == null || full || bytes + body.length > config.batchBytes()) {
        flush(together, bodies);
        bytes = 0;
      }
      if (body == null) {
        withoutBody(record);
      } else {
        together.add(record);
        bodies.add(body);
        bytes += body.length;
      }
    }
    flush(together, bodies);
  }

  /** What the record adds to a body, or null when there is nothing to send. */
  private byte[] body(SinkRecord record) {
    return record.value() == null ? null : SinkCall.body(record, config.bodyFormat());
  }

  private void withoutBody(SinkRecord record) {
    if (record.value() != null) {
      bad(record, SinkCall.cannotBeText(record));
    } else if (config.tombstones() == Tombstones.DELETE) {
      call(new SinkCall(List.of(record), List.of(), "DELETE"));
    } else if (config.tombstones() == Tombstones.ERROR) {
      bad(record, new DataException("The record " + SinkRecords.where(record) + " has no value."));
    } else if (!saidTombstone) {
      saidTombstone = true;
      LOG.info(
          "Records without a value are left out, {} the first of them; see the option tombstones.",
          SinkRecords.where(record));
    }
    done(record);
  }

  private void flush(List<SinkRecord> records, List<byte[]> bodies) {
    if (!records.isEmpty()) {
      call(new SinkCall(List.copyOf(records), List.copyOf(bodies), config.method()));
      records.clear();
      bodies.clear();
    }
  }

  private void call(SinkCall call) {
    URI uri;
    try {
      uri = call.uri(config);
    } catch (DataException e) {
      bad(call.first(), e);
      done(call.last());
      return;
    }
    try {
      judge(call, uri, calls.send(call.request(config)));
      done(call.last());
    } catch (IOException e) {
      throw later(retries.failed(call.method(), uri, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("The sink was stopped while it waited for an answer.", e);
    }
  }

  private void judge(SinkCall call, URI uri, HttpCalls.Answer answer) {
    if (answer.isSuccess() || isGoneAlready(call, answer)) {
      retries.succeeded();
      return;
    }
    if (answer.mayPass()) {
      throw later(retries.refused(call.method(), uri, answer), null);
    }
    String sentence = HttpRetries.sentence(call.method(), uri, answer);
    boolean ours =
        answer.status() < BAD_REQUEST
            || answer.status() >= SERVER_ERROR
            || WHO_ASKS.contains(answer.status())
            || (WHAT_IS_ASKED.contains(answer.status()) && !config.hasUrlPerKey());
    if (ours) {
      throw new ConnectException(sentence + ". It is not the records: nothing was left out.");
    }
    if (call.records().size() > 1) {
      call.oneByOne().forEach(this::call);
      return;
    }
    bad(
        call.first(),
        new DataException(
            "The record " + SinkRecords.where(call.first()) + " is refused: " + sentence));
  }

  /** What is deleted need not be there any more. */
  private boolean isGoneAlready(SinkCall call, HttpCalls.Answer answer) {
    return call.bodies().isEmpty() && GONE.contains(answer.status());
  }

  /** Tells Connect, which stops the task, logs the record or sends it to a topic. */
  private void bad(SinkRecord record, DataException why) {
    if (reporter == null) {
      throw new ConnectException(why.getMessage(), why);
    }
    LOG.warn("{}", why.getMessage());
    reporter.report(record, why);
  }

  private void done(SinkRecord record) {
    sent.put(SinkRecords.partition(record), record.originalKafkaOffset() + 1);
  }

  private RetriableException later(HttpRetries.Retry retry, IOException cause) {
    context.timeout(retry.pauseMs());
    return new RetriableException(retry.sentence(), cause);
  }

  @Override
  public void stop() {
    if (calls != null) {
      calls.close();
    }
  }

  @Override
  public String version() {
    return PluginVersion.get();
  }
}
