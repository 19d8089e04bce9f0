package dev.naru.proving.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What one member of a group consumed, printed as: member, partition, offset, value. */
record Consumed(String member, int partition, long offset, String value) {

  static List<Consumed> parse(List<String> lines) {
    return lines.stream()
        .map(line -> line.split("\t"))
        .map(f -> new Consumed(f[0], Integer.parseInt(f[1]), Long.parseLong(f[2]), f[3]))
        .toList();
  }

  /**
   * Asserts that the group as a whole consumed {@code v0} to {@code v(total - 1)}, which were sent
   * to the partitions in turn, each of them once, and that every member saw each partition in
   * order.
   */
  static void assertEachOnce(List<Consumed> consumed, int partitions, int total) {
    Map<Integer, Map<Long, String>> seen = new TreeMap<>();
    Map<String, Long> last = new TreeMap<>();
    for (Consumed record : consumed) {
      Map<Long, String> values =
          seen.computeIfAbsent(record.partition(), partition -> new TreeMap<>());
      String twice = values.put(record.offset(), record.value());
      assertEquals(null, twice, () -> "consumed twice: " + record);
      Long before = last.put(record.member() + " " + record.partition(), record.offset());
      assertTrue(before == null || before < record.offset(), () -> "out of order: " + record);
    }
    for (int p = 0; p < partitions; p++) {
      int partition = p;
      List<String> expected =
          IntStream.range(0, total)
              .filter(i -> i % partitions == partition)
              .mapToObj(i -> "v" + i)
              .toList();
      assertEquals(expected, new ArrayList<>(seen.getOrDefault(p, Map.of()).values()));
    }
  }

  /** How many records each member consumed. */
  static Map<String, Long> counts(List<Consumed> consumed) {
    return consumed.stream()
        .collect(Collectors.groupingBy(Consumed::member, TreeMap::new, Collectors.counting()));
  }
}
