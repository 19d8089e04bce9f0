package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Failures;
import dev.naru.cli.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code naru produce}: lines in, records out. Ends with 0 only when every record was acknowledged.
 */
@Command(
    name = "produce",
    description = "Sends each line of standard input as a record.",
    footer = {
      "",
      "Examples:",
      "  echo hello | ./naru produce greetings",
      "  echo 'se:hej' | ./naru produce greetings --key-separator :",
      "  echo '{\"key\":\"se\",\"value\":\"hej\",\"headers\":{\"from\":\"me\"}}' | ./naru produce greetings --json"
    })
public final class ProduceCommand extends CommonOptions implements Callable<Integer> {
  private final Terminal terminal;
  private final AtomicReference<Exception> refusal = new AtomicReference<>();
  private final AtomicLong acknowledged = new AtomicLong();

  @Mixin private Cluster cluster;

  @Parameters(paramLabel = "TOPIC", description = "Where to.")
  private String topic;

  @Option(names = "--key", paramLabel = "KEY", description = "The key of every record.")
  private String key;

  @Option(
      names = "--key-separator",
      paramLabel = "TEXT",
      description = "A line is KEY, this text, VALUE.")
  private String keySeparator;

  @Option(
      names = "--header",
      paramLabel = "NAME=VALUE",
      description = "A header of every record; repeatable.")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(names = "--partition", paramLabel = "N", description = "The partition of every record.")
  private Integer partition;

  @Option(
      names = "--json",
      description = "A line is a JSON object: key, value, headers, partition, timestamp.")
  private boolean json;

  @Option(
      names = "--acks",
      paramLabel = "all|1|0",
      defaultValue = "all",
      description = "What to wait for (default: ${DEFAULT-VALUE}).")
  private String acks = "all";

  @Option(
      names = "--compression",
      paramLabel = "CODEC",
      defaultValue = "none",
      description = "none, gzip, snappy, lz4 or zstd (default: ${DEFAULT-VALUE}).")
  private String compression = "none";

  public ProduceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (json && (key != null || keySeparator != null)) {
      throw CliException.mistake(
          "--json lines carry their own keys; leave out --key and --key-separator");
    }
    Map<String, Object> config = cluster.config();
    config.putIfAbsent("acks", acks);
    config.putIfAbsent("compression.type", compression);
    config.putIfAbsent("delivery.timeout.ms", "60000");
    config.putIfAbsent("max.block.ms", "15000");
    if (!acks.equals("all")) {
      config.putIfAbsent("enable.idempotence", "false");
    }
    try (KafkaProducer<byte[], byte[]> producer = open(config)) {
      sendLines(producer);
      producer.flush();
    }
    Exception refused = refusal.get();
    if (refused != null) {
      CliException told = Cluster.refusal("topic " + topic, refused);
      throw CliException.failure(
          told.getMessage() + " (" + acknowledged.get() + " records before were taken)", refused);
    }
    if (terminal.interactive()) {
      terminal.err().println(acknowledged.get() + " records");
    }
    return 0;
  }

  private static KafkaProducer<byte[], byte[]> open(Map<String, Object> config) {
    try {
      return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw CliException.mistake(Failures.sentence(cause), e);
    }
  }

  private void sendLines(KafkaProducer<byte[], byte[]> producer) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
    long number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (refusal.get() != null) {
        return;
      }
      if (json && line.isBlank()) {
        continue;
      }
      ProducerRecord<byte[], byte[]> record = record(line, "line " + number);
      try {
        producer.send(
            record,
            (metadata, e) -> {
              if (e == null) {
                acknowledged.incrementAndGet();
              } else {
                refusal.compareAndSet(null, e);
              }
            });
      } catch (KafkaException | IllegalArgumentException e) {
        refusal.compareAndSet(null, e);
      }
    }
  }

  private ProducerRecord<byte[], byte[]> record(String line, String where) {
    ProducerRecord<byte[], byte[]> record;
    if (json) {
      record = JsonLines.read(topic, partition, line, where);
    } else {
      String lineKey = key;
      String value = line;
      if (keySeparator != null) {
        int split = line.indexOf(keySeparator);
        if (split < 0) {
          throw CliException.mistake(where + " has no key: it lacks '" + keySeparator + "'");
        }
        lineKey = line.substring(0, split);
        value = line.substring(split + keySeparator.length());
      }
      record = new ProducerRecord<>(topic, partition, null, utf8(lineKey), utf8(value));
    }
    headers.forEach((name, text) -> record.headers().add(name, utf8(text)));
    return record;
  }

  private static byte[] utf8(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
