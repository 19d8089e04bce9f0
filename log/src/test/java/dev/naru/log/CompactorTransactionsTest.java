package dev.naru.log;

import static dev.naru.log.CompactedLog.DAY_MS;
import static dev.naru.log.CompactedLog.MAP_BYTES;
import static dev.naru.log.CompactedLog.record;
import static dev.naru.log.CompactedLog.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/** What compaction leaves of transactions, and of what producers need to go on. */
class CompactorTransactionsTest {
  private final CompactedLog log = new CompactedLog();

  @Test
  void abortedRecordsGoAndDoNotHideCommittedOnes() throws IOException {
    log.put("a", "committed");
    log.append(
        Batches.transactional(log.end(), 1, 0, 0, record("a", "aborted"), record("z", "aborted")));
    log.roll();
    log.append(Batches.marker(log.end(), 1, 0, false, 0));
    log.append(Batches.transactional(log.end(), 1, 0, 2, record("b", "kept")));
    log.append(Batches.marker(log.end(), 1, 0, true, 0));
    log.compact();
    assertEquals(List.of("0:a=committed", "4:b=kept"), log.left());
    assertEquals(2, log.markers());
  }

  @Test
  void markersGoOnceNothingOfTheirTransactionIsLeftAndTheirRetentionIsOver() throws IOException {
    log.append(Batches.transactional(log.end(), 1, 0, 0, record("a", "1")));
    log.append(Batches.marker(log.end(), 1, 0, true, 0));
    log.append(Batches.transactional(log.end(), 2, 0, 0, record("b", "1")));
    log.append(Batches.marker(log.end(), 2, 0, false, 0));
    log.states.expire(log.nowMs + DAY_MS);
    log.compact();
    assertEquals(List.of("0:a=1"), log.left());
    assertEquals(2, log.markers());
    log.put("a", "2");
    log.compact();
    assertEquals(2, log.markers(), "the first pass that sees a transaction gone starts the clock");
    log.nowMs += DAY_MS;
    log.put("c", "1");
    log.compact();
    assertEquals(1, log.markers(), "the aborted one is over; the committed one's data went later");
    log.nowMs += DAY_MS;
    log.put("c", "2");
    log.compact();
    assertEquals(0, log.markers());
    assertEquals(List.of("4:a=2", "6:c=2"), log.left());
    assertEquals(List.of(), log.aborted);
  }

  @Test
  void anAbortedTransactionThatCompactionForgotDoesNotTaintTheNextOne() throws IOException {
    log.append(Batches.transactional(log.end(), 1, 0, 0, record("a", "aborted")));
    log.append(Batches.marker(log.end(), 1, 0, false, 0));
    log.states.expire(log.nowMs + DAY_MS);
    log.compact();
    log.nowMs += 2 * DAY_MS;
    log.put("x", "1");
    log.compact();
    log.append(Batches.transactional(log.end(), 1, 0, 1, record("b", "1")));
    log.append(Batches.marker(log.end(), 1, 0, true, 0));
    log.compact();
    assertTrue(log.left().contains("3:b=1"), log.left().toString());
  }

  @Test
  void stopsBeforeAnOpenTransaction() throws IOException {
    log.put("a", "1", "a", "2");
    log.roll();
    log.append(Batches.transactional(log.end(), 1, 0, 0, record("a", "open")));
    log.roll();
    log.put("b", "1", "b", "2");
    log.roll();
    log.pass();
    assertEquals(2, log.cleanedTo);
    assertEquals(List.of("1:a=2", "2:a=open", "3:b=1", "4:b=2"), log.left());
  }

  @Test
  void keepsWhatALiveProducerNeedsToGoOn() throws IOException {
    log.append(Batches.idempotent(log.end(), 7, 0, 0, record("a", "1")));
    log.append(Batches.idempotent(log.end(), 7, 0, 1, record("a", "2")));
    log.append(Batches.transactional(log.end(), 8, 3, 0, record("b", "1")));
    log.append(Batches.marker(log.end(), 8, 4, false, 2));
    log.put("a", "3");
    log.compact();
    log.nowMs += 2 * DAY_MS;
    log.put("a", "4");
    log.compact();
    ProducerStates replayed = new ProducerStates(DAY_MS);
    log.batches().forEach(batch -> replayed.replay(batch, log.nowMs));
    assertEquals(
        log.states.views().stream().map(v -> v.producerEpoch() + "/" + v.lastSequence()).toList(),
        replayed.views().stream().map(v -> v.producerEpoch() + "/" + v.lastSequence()).toList());
    assertEquals(List.of("5:a=4"), log.left());
    assertTrue(
        replayed
            .prepare(
                Batches.idempotent(0, 7, 0, 1, record("a", "2")).batches(),
                AppendOrigin.CLIENT,
                null,
                log.nowMs)
            .duplicate());
  }

  @Test
  void aReaderSeesTheSameTableBeforeAndAfter() throws IOException {
    for (long seed = 0; seed < 60; seed++) {
      randomRun(new CompactedLog(), seed);
    }
  }

  private static void randomRun(CompactedLog log, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    int[] sequences = new int[4];
    log.mapBytes = random.nextBoolean() ? 1 : MAP_BYTES;
    for (int step = 0; step < 300; step++) {
      long producer = random.nextLong(1, 4);
      int choice = random.nextInt(20);
      String key = "k" + random.nextInt(12);
      String value = random.nextInt(5) == 0 ? null : "v" + step;
      if (choice < 12) {
        log.append(
            Batches.transactional(
                log.end(), producer, 0, sequences[(int) producer]++, record(key, value)));
      } else if (choice < 15) {
        boolean commit = random.nextBoolean();
        log.append(Batches.marker(log.end(), producer, 0, commit, 0));
      } else if (choice < 17) {
        log.append(Batches.plain(log.end(), record("p" + random.nextInt(4), "v" + step)));
      } else if (choice < 19) {
        log.roll();
      } else {
        log.nowMs += DAY_MS;
        log.compact();
      }
    }
    Map<String, String> expected = readCommitted(log);
    List<ProducerView> views = log.states.views();
    log.compact();
    assertEquals(expected, readCommitted(log), "seed " + seed);
    ProducerStates replayed = new ProducerStates(DAY_MS);
    log.batches().forEach(batch -> replayed.replay(batch, log.nowMs));
    assertEquals(
        views.stream().map(v -> v.producerId() + "/" + v.lastSequence()).toList(),
        replayed.views().stream().map(v -> v.producerId() + "/" + v.lastSequence()).toList(),
        "seed " + seed);
    replayed.onHighWatermark(log.end());
    assertEquals(log.states.firstUnstableOffset(), replayed.firstUnstableOffset(), "seed " + seed);
  }

  /** What a consumer that builds a table ends with, up to the last stable offset. */
  private static Map<String, String> readCommitted(CompactedLog log) {
    Map<String, String> table = new TreeMap<>();
    for (MutableRecordBatch batch : log.batches()) {
      if (batch.isControlBatch() || batch.baseOffset() >= log.states.firstUnstableOffset()) {
        continue;
      }
      for (Record record : batch) {
        boolean dropped =
            batch.isTransactional()
                && log.aborted.stream()
                    .anyMatch(
                        span ->
                            span.producerId() == batch.producerId()
                                && span.firstOffset() <= record.offset()
                                && span.lastOffset() > record.offset());
        if (!dropped && record.hasValue()) {
          table.put(text(record.key()), text(record.value()));
        } else if (!dropped) {
          table.remove(text(record.key()));
        }
      }
    }
    return table;
  }
}
