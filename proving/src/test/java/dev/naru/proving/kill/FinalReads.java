package dev.naru.proving.kill;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/** Whole topics, read afresh as read_committed by clients of two different libraries. */
public final class FinalReads {
  /** The name of the reader that uses kafka-clients. */
  public static final String JAVA = "kafka-clients";

  private static final String PYTHON = "confluent-kafka";

  private FinalReads() {}

  /**
   * Reads topics with both, into a history.
   *
   * @param topics how many partitions each has
   */
  public static void of(History history, String bootstrap, Map<String, Integer> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    topics.forEach(
        (topic, count) ->
            IntStream.range(0, count).forEach(p -> partitions.add(new TopicPartition(topic, p))));
    withJava(bootstrap, partitions).forEach((p, entries) -> history.finalRead(JAVA, p, entries));
    withPython(bootstrap, List.copyOf(topics.keySet()))
        .forEach((p, entries) -> history.finalRead(PYTHON, p, entries));
  }

  private static Map<PartitionId, List<History.Entry>> withJava(
      String bootstrap, List<TopicPartition> partitions) {
    Map<PartitionId, List<History.Entry>> read = new TreeMap<>();
    partitions.forEach(p -> read.put(new PartitionId(p.topic(), p.partition()), new ArrayList<>()));
    Clients.readAll(bootstrap, "read_committed", partitions.toArray(TopicPartition[]::new))
        .forEach(
            record ->
                read.get(new PartitionId(record.topic(), record.partition()))
                    .add(new History.Entry(record.offset(), record.value())));
    return read;
  }

  private static Map<PartitionId, List<History.Entry>> withPython(
      String bootstrap, List<String> topics) {
    List<String> arguments = new ArrayList<>(List.of(bootstrap));
    arguments.addAll(topics);
    Map<PartitionId, List<History.Entry>> read = new TreeMap<>();
    for (String line : Scripts.python("final_read.py", arguments.toArray(String[]::new))) {
      String[] fields = line.split("\t", 4);
      read.computeIfAbsent(
              new PartitionId(fields[0], Integer.parseInt(fields[1])), p -> new ArrayList<>())
          .add(new History.Entry(Long.parseLong(fields[2]), fields[3]));
    }
    return read;
  }
}
