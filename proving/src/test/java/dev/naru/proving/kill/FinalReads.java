package dev.naru.proving.kill;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** Whole topics, read afresh as read_committed by clients of two different libraries. */
final class FinalReads {
  private FinalReads() {}

  static Map<PartitionId, List<History.Entry>> withJava(
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

  static Map<PartitionId, List<History.Entry>> withPython(String bootstrap, List<String> topics) {
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
