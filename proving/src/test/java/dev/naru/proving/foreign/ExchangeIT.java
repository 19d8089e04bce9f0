package dev.naru.proving.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.StoredBatches;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What one library writes, in any codec, every library reads the same: keys, values, nulls,
 * headers, timestamps and their order.
 */
@Tag("once")
class ExchangeIT {
  /** Records in a batch; librdkafka sends a few small ones as they are. */
  private static final int WORTH_COMPRESSING = 5;

  private static final int PER_PARTITION = 60;

  /** Recent, so that retention leaves it alone, and not now. */
  private static final long BASE_MS = System.currentTimeMillis() - 3_600_000;

  private static final Map<Libraries, Map<String, List<Line>>> WRITTEN = new TreeMap<>();
  private static String bootstrap;
  private static Admin admin;

  /** Every library writes one topic for each codec that it has. */
  @BeforeAll
  static void write() {
    bootstrap = SharedNode.bootstrap();
    admin = Clients.admin(bootstrap);
    for (Libraries library : Libraries.values()) {
      Map<String, List<Line>> linesByCodec = new LinkedHashMap<>();
      for (String codec : library.codecs()) {
        String name = "exchange-" + library.name().toLowerCase(Locale.ROOT) + "-" + codec;
        linesByCodec.put(codec, lines(Clients.createTopic(admin, name, 2)));
      }
      long beganMs = System.currentTimeMillis();
      library.write(bootstrap, linesByCodec);
      if (!library.setsTimestamps()) {
        linesByCodec.replaceAll((codec, lines) -> withTimestamps(lines, beganMs));
      }
      WRITTEN.put(library, linesByCodec);
    }
  }

  @AfterAll
  static void disconnect() {
    admin.close();
  }

  private static List<Line> lines(String topic) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < PER_PARTITION; i++) {
      for (int partition = 0; partition < 2; partition++) {
        String key = i % 10 == 3 ? Line.NULL : "key-" + i % 7;
        String value = i % 11 == 5 && !key.equals(Line.NULL) ? Line.NULL : value(partition, i);
        String headers = partition == 0 ? "" : "source=" + topic + ",나루=✓";
        lines.add(new Line(topic, partition, BASE_MS + 10L * i + partition, key, value, headers));
      }
    }
    return lines;
  }

  private static String value(int partition, int i) {
    return "p" + partition + " " + i + " ñandú 나루 " + "x".repeat(i == 42 ? 50_000 : i);
  }

  /** The lines with the timestamps that are in the topic; those lie within the time of writing. */
  private static List<Line> withTimestamps(List<Line> lines, long beganMs) {
    long endedMs = System.currentTimeMillis();
    Map<Integer, List<Line>> stored =
        byPartition(Libraries.JAVA.read(bootstrap, List.of(lines.get(0).topic())));
    List<Line> result = new ArrayList<>();
    byPartition(lines)
        .forEach(
            (partition, wanted) -> {
              List<Line> found = stored.get(partition);
              assertEquals(wanted.size(), found.size());
              for (int i = 0; i < wanted.size(); i++) {
                long timestampMs = found.get(i).timestampMs();
                assertTrue(
                    beganMs <= timestampMs && timestampMs <= endedMs, found.get(i)::toString);
                result.add(wanted.get(i).at(timestampMs));
              }
            });
    return result;
  }

  private static Map<Integer, List<Line>> byPartition(List<Line> lines) {
    return lines.stream()
        .collect(Collectors.groupingBy(Line::partition, TreeMap::new, Collectors.toList()));
  }

  private static Map<String, Map<Integer, List<Line>>> byTopic(List<Line> lines) {
    return lines.stream()
        .collect(
            Collectors.groupingBy(
                Line::topic,
                TreeMap::new,
                Collectors.collectingAndThen(Collectors.toList(), ExchangeIT::byPartition)));
  }

  @ParameterizedTest
  @EnumSource
  void everyLibraryReadsWhatAllOthersWrote(Libraries reader) {
    List<Line> expected =
        WRITTEN.values().stream()
            .flatMap(
                linesByCodec ->
                    reader.codecs().stream()
                        .flatMap(codec -> linesByCodec.getOrDefault(codec, List.of()).stream()))
            .toList();
    List<String> topics = expected.stream().map(Line::topic).distinct().toList();
    Map<String, Map<Integer, List<Line>>> read = byTopic(reader.read(bootstrap, topics));
    Map<String, Map<Integer, List<Line>>> wanted = byTopic(expected);
    assertEquals(wanted.keySet(), read.keySet());
    wanted.forEach((topic, partitions) -> assertEquals(partitions, read.get(topic), topic));
  }

  /** A library that finds a broker too old compresses nothing, and says nothing. */
  @ParameterizedTest
  @EnumSource
  void whatALibraryCompressesIsStoredInItsCodec(Libraries writer) throws IOException {
    for (Map.Entry<String, List<Line>> entry : WRITTEN.get(writer).entrySet()) {
      String topic = entry.getValue().get(0).topic();
      for (int partition : IntStream.range(0, 2).toArray()) {
        assertEquals(
            Set.of(entry.getKey()),
            StoredBatches.codecs(admin, topic, partition, WORTH_COMPRESSING),
            topic);
      }
    }
  }
}
