package dev.naru.proving.foreign;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** The libraries that take part in the exchange. */
enum Libraries implements Library {
  JAVA {
    @Override
    public void write(String bootstrap, Map<String, List<Line>> linesByCodec) {
      linesByCodec.forEach(
          (codec, lines) -> {
            try (Producer<String, String> producer =
                Clients.producer(bootstrap, "compression.type", codec, "linger.ms", 50)) {
              lines.stream()
                  .map(line -> producer.send(line.toRecord()))
                  .toList()
                  .forEach(Clients::get);
            }
          });
    }

    @Override
    public List<Line> read(String bootstrap, List<String> topics) {
      try (Admin admin = Clients.admin(bootstrap)) {
        TopicPartition[] partitions =
            Clients.get(admin.describeTopics(topics).allTopicNames()).values().stream()
                .flatMap(Libraries::partitions)
                .toArray(TopicPartition[]::new);
        return Clients.readAll(bootstrap, "read_uncommitted", partitions).stream()
            .map(Line::of)
            .toList();
      }
    }
  },

  KAFKA_PYTHON {
    @Override
    public void write(String bootstrap, Map<String, List<Line>> linesByCodec) {
      assertDense(
          Scripts.pythonWithInput("kafka_python.py", input(linesByCodec), "write", bootstrap));
    }

    @Override
    public List<Line> read(String bootstrap, List<String> topics) {
      return parse(Scripts.python("kafka_python.py", arguments(bootstrap, topics)));
    }
  },

  CONFLUENT {
    @Override
    public void write(String bootstrap, Map<String, List<Line>> linesByCodec) {
      assertDense(Scripts.pythonWithInput("confluent.py", input(linesByCodec), "write", bootstrap));
    }

    @Override
    public List<Line> read(String bootstrap, List<String> topics) {
      return parse(Scripts.python("confluent.py", arguments(bootstrap, topics)));
    }
  },

  KCAT {
    @Override
    public boolean setsTimestamps() {
      return false;
    }

    /**
     * kcat takes the headers of all its records from its command line, so it runs once for each.
     */
    @Override
    public void write(String bootstrap, Map<String, List<Line>> linesByCodec) {
      linesByCodec.forEach(
          (codec, lines) ->
              lines.stream()
                  .collect(
                      Collectors.groupingBy(
                          line ->
                              List.of(
                                  line.topic(), String.valueOf(line.partition()), line.headers()),
                          Collectors.toList()))
                  .forEach((target, same) -> Kcat.write(bootstrap, codec, target, same)));
    }

    @Override
    public List<Line> read(String bootstrap, List<String> topics) {
      return parse(Kcat.read(bootstrap, topics));
    }
  },

  KAFKAJS {
    @Override
    public List<String> codecs() {
      return List.of("none", "gzip", "snappy");
    }

    @Override
    public void write(String bootstrap, Map<String, List<Line>> linesByCodec) {
      KafkaJs.run(input(linesByCodec), "write", bootstrap);
    }

    @Override
    public List<Line> read(String bootstrap, List<String> topics) {
      return parse(KafkaJs.run("", arguments(bootstrap, topics)));
    }
  };

  private static Stream<TopicPartition> partitions(TopicDescription topic) {
    return IntStream.range(0, topic.partitions().size())
        .mapToObj(partition -> new TopicPartition(topic.name(), partition));
  }

  private static String[] arguments(String bootstrap, List<String> topics) {
    List<String> arguments = new ArrayList<>(List.of("read", bootstrap));
    arguments.addAll(topics);
    return arguments.toArray(String[]::new);
  }

  private static String input(Map<String, List<Line>> linesByCodec) {
    StringBuilder input = new StringBuilder();
    linesByCodec.forEach(
        (codec, lines) ->
            lines.forEach(
                line -> input.append(codec).append('\t').append(line.text()).append('\n')));
    return input.toString();
  }

  private static List<Line> parse(List<String> lines) {
    return lines.stream().map(Line::parse).toList();
  }

  /** The offsets that a producer was told, one by one: topic, partition, offset. */
  private static void assertDense(List<String> delivered) {
    Map<String, Long> next = new TreeMap<>();
    for (String line : delivered) {
      int tab = line.lastIndexOf('\t');
      long offset = Long.parseLong(line.substring(tab + 1));
      long expected = next.merge(line.substring(0, tab), 1L, Long::sum) - 1;
      if (offset != expected) {
        throw new AssertionError("offset " + expected + " expected: " + line);
      }
    }
  }
}
