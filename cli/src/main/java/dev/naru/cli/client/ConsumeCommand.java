package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Failures;
import dev.naru.cli.Terminal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code naru consume}: records in, lines out. */
@Command(
    name = "consume",
    description = "Prints a topic's records, a line each, until Ctrl-C.",
    footer = {
      "",
      "Examples:",
      "  ./naru consume greetings --from-beginning --max 10",
      "  ./naru consume greetings --group readers --keys --headers",
      "  ./naru consume greetings --partition 0 --offset 42 --json"
    })
public final class ConsumeCommand extends CommonOptions implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(200);

  private final Terminal terminal;
  private long printed;

  @Mixin private Cluster cluster;

  @Parameters(paramLabel = "TOPIC", description = "What to read.")
  private String topic;

  @Option(
      names = "--from-beginning",
      description =
          "Begins with the oldest record; a group that has been here goes on where it was.")
  private boolean fromBeginning;

  @Option(names = "--max", paramLabel = "N", description = "Ends after N records.")
  private Long max;

  @Option(
      names = "--timeout-ms",
      paramLabel = "MS",
      description = "Ends when there was no record for this long.")
  private Long timeoutMs;

  @Option(names = "--group", paramLabel = "GROUP", description = "Reads as a member of a group.")
  private String group;

  @Option(
      names = "--group-protocol",
      paramLabel = "NAME",
      defaultValue = "classic",
      description = "classic or consumer (KIP-848) (default: ${DEFAULT-VALUE}).")
  private String groupProtocol = "classic";

  @Option(names = "--partition", paramLabel = "N", description = "Only this partition; repeatable.")
  private List<Integer> partitions = new ArrayList<>();

  @Option(
      names = "--offset",
      paramLabel = "N",
      description = "Begins here in every --partition given.")
  private Long offset;

  @Option(
      names = "--isolation",
      paramLabel = "LEVEL",
      defaultValue = "read_committed",
      description = "read_committed or read_uncommitted (default: ${DEFAULT-VALUE}).")
  private String isolation = "read_committed";

  @Option(names = "--keys", description = "Prints KEY, a tab, VALUE.")
  private boolean keys;

  @Option(names = "--headers", description = "Prints NAME=VALUE,…, a tab, before that.")
  private boolean headers;

  @Option(names = "--json", description = "Prints a JSON object with everything that a record has.")
  private boolean json;

  public ConsumeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    checkOptions();
    Map<String, Object> config = cluster.config();
    config.putIfAbsent("auto.offset.reset", fromBeginning ? "earliest" : "latest");
    config.putIfAbsent("isolation.level", isolation);
    config.putIfAbsent("enable.auto.commit", "false");
    config.putIfAbsent("allow.auto.create.topics", "false");
    if (group != null) {
      config.put("group.id", group);
      config.put("group.protocol", groupProtocol);
    }
    KafkaConsumer<byte[], byte[]> consumer = open(config);
    Thread reader = Thread.currentThread();
    Thread interrupt = new Thread(() -> interrupt(consumer, reader), "naru-interrupt");
    Runtime.getRuntime().addShutdownHook(interrupt);
    try (consumer) {
      subscribe(consumer);
      read(consumer);
    } catch (WakeupException e) {
      // Ctrl-C is how this command ends.
      terminal.out().flush();
    } catch (KafkaException e) {
      throw Cluster.refusal("topic " + topic, e);
    }
    return 0;
  }

  private void checkOptions() {
    if (max != null && max < 1) {
      throw CliException.mistake("--max wants a number from 1 on, not " + max);
    }
    if (offset != null && (partitions.isEmpty() || offset < 0)) {
      throw CliException.mistake("--offset wants a number from 0 on, and a --partition beside it");
    }
    if (group != null && !partitions.isEmpty()) {
      throw CliException.mistake(
          "a --group shares out the partitions itself; leave out --partition");
    }
    if (offset != null && fromBeginning) {
      throw CliException.mistake("--offset and --from-beginning say different things");
    }
  }

  private static KafkaConsumer<byte[], byte[]> open(Map<String, Object> config) {
    try {
      return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw CliException.mistake(Failures.sentence(cause), e);
    }
  }

  /** Lets the reader leave its group and print its last line before the process ends. */
  private static void interrupt(KafkaConsumer<byte[], byte[]> consumer, Thread reader) {
    consumer.wakeup();
    try {
      reader.join(TimeUnit.SECONDS.toMillis(3));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void subscribe(KafkaConsumer<byte[], byte[]> consumer) {
    List<PartitionInfo> there = consumer.partitionsFor(topic);
    if (there == null || there.isEmpty()) {
      throw CliException.failure(
          "there is no topic " + topic + "; create it with ./naru topic create " + topic);
    }
    if (group != null) {
      consumer.subscribe(List.of(topic));
      return;
    }
    List<TopicPartition> wanted = new ArrayList<>();
    for (PartitionInfo info : there) {
      if (partitions.isEmpty() || partitions.contains(info.partition())) {
        wanted.add(new TopicPartition(topic, info.partition()));
      }
    }
    for (int partition : partitions) {
      if (partition < 0 || partition >= there.size()) {
        throw CliException.failure(
            "topic " + topic + " has partitions 0 to " + (there.size() - 1) + ", not " + partition);
      }
    }
    consumer.assign(wanted);
    if (offset != null) {
      wanted.forEach(partition -> consumer.seek(partition, offset));
    } else if (fromBeginning) {
      consumer.seekToBeginning(wanted);
    } else {
      consumer.seekToEnd(wanted);
      wanted.forEach(consumer::position);
    }
  }

  private void read(KafkaConsumer<byte[], byte[]> consumer) {
    long lastNs = System.nanoTime();
    while (max == null || printed < max) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (max != null && printed == max) {
          break;
        }
        print(record);
        printed++;
        next.put(
            new TopicPartition(record.topic(), record.partition()),
            new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
      }
      if (terminal.out().checkError()) {
        return; // The reader of our output has gone, as in "| head".
      }
      if (!next.isEmpty()) {
        lastNs = System.nanoTime();
        if (group != null) {
          consumer.commitSync(next);
        }
      } else if (timeoutMs != null
          && System.nanoTime() - lastNs >= TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
        return;
      }
    }
  }

  private void print(ConsumerRecord<byte[], byte[]> record) {
    if (json) {
      terminal.out().println(JsonLines.write(record));
      return;
    }
    if (headers) {
      terminal.out().print(headers(record));
      terminal.out().print('\t');
    }
    if (keys) {
      raw(record.key());
      terminal.out().print('\t');
    }
    raw(record.value());
    terminal.out().println();
  }

  /** The bytes as they are: whoever reads them knows what they mean. */
  private void raw(byte[] bytes) {
    byte[] shown = bytes == null ? "null".getBytes(StandardCharsets.UTF_8) : bytes;
    terminal.out().write(shown, 0, shown.length);
  }

  private static String headers(ConsumerRecord<byte[], byte[]> record) {
    List<String> pairs = new ArrayList<>();
    for (Header header : record.headers()) {
      String value =
          header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8);
      pairs.add(header.key() + "=" + value);
    }
    return String.join(",", pairs);
  }
}
