package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.metadata.MetadataHistory.Piece;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a follower gets from the owner of the metadata log. */
class MetadataHistoryTest {
  private static final int EPOCH = 3;

  private final MetadataHistory history = new MetadataHistory(EPOCH);
  private MetadataImage image = MetadataImage.EMPTY;

  @BeforeEach
  void begin() {
    image = next(ClusterCommands.bootstrap());
    history.begin(image);
  }

  private MetadataImage next(List<ApiMessageAndVersion> records) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    records.forEach(record -> delta.replay(record.message()));
    long offset = Math.max(0, image.provenance().lastContainedOffset()) + records.size();
    return delta.apply(new MetadataProvenance(offset, EPOCH, 0, true));
  }

  private void add(String topic) {
    List<ApiMessageAndVersion> records =
        List.of(
            new ApiMessageAndVersion(
                new TopicRecord().setName(topic).setTopicId(Uuid.randomUuid()), (short) 0));
    image = next(records);
    history.add(records, image);
  }

  private static List<String> topics(Piece piece) {
    return piece.records().stream()
        .map(ApiMessageAndVersion::message)
        .filter(TopicRecord.class::isInstance)
        .map(message -> ((TopicRecord) message).name())
        .toList();
  }

  @Test
  void whoeverComesFromAnOlderEpochGetsTheWholeState() {
    add("a");
    Piece piece = history.after(EPOCH - 1, 5).join();
    assertTrue(piece.whole());
    assertEquals(EPOCH, piece.epoch());
    assertEquals(List.of("a"), topics(piece));
  }

  @Test
  void whoeverIsCloseGetsWhatCameSince() {
    add("a");
    long here = history.after(-1, -1).join().offset();
    add("b");
    add("c");
    Piece piece = history.after(EPOCH, here).join();
    assertFalse(piece.whole());
    assertEquals(List.of("b", "c"), topics(piece));
    assertEquals(List.of(), topics(history.after(EPOCH, here + 2).getNow(empty())));
  }

  private static Piece empty() {
    return new Piece(EPOCH, 0, false, List.of());
  }

  @Test
  void whoeverHasEverythingWaitsForWhatComes() {
    long here = history.after(-1, -1).join().offset();
    CompletableFuture<Piece> waits = history.after(EPOCH, here);
    assertFalse(waits.isDone());
    add("a");
    assertEquals(List.of("a"), topics(waits.join()));
  }

  @Test
  void whoeverClaimsToBeAheadGetsTheWholeState() {
    assertTrue(history.after(EPOCH, 1_000_000).join().whole());
  }

  @Test
  void whoeverIsFarBehindGetsTheWholeState() {
    long here = history.after(-1, -1).join().offset();
    for (int i = 0; i < 50_001; i++) {
      add("t" + i);
    }
    assertTrue(history.after(EPOCH, here).join().whole());
    assertFalse(history.after(EPOCH, here + 10).join().whole());
  }

  @Test
  void afterItsEndNobodyWaits() {
    long here = history.after(-1, -1).join().offset();
    CompletableFuture<Piece> waits = history.after(EPOCH, here);
    history.end();
    CompletionException e = assertThrows(CompletionException.class, waits::join);
    assertTrue(e.getCause() instanceof NotControllerException);
    assertTrue(history.after(EPOCH, here).isCompletedExceptionally());
  }
}
