package dev.naru.broker.metadata;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * The durable end of the metadata log, kept in memory for nodes that follow it: those that are
 * close get what came since, others the whole state. On the metadata thread.
 *
 * <p>Where a follower stands is a controller epoch and a count of records. Counts of different
 * epochs have nothing to do with each other, so whoever comes from an older one gets the state.
 */
public final class MetadataHistory {
  private static final int RECORDS_MAX = 50_000;

  /**
   * What a follower gets.
   *
   * @param whole whether the records are a state, and what is not among them is gone
   * @param offset where the follower stands afterwards
   */
  public record Piece(int epoch, long offset, boolean whole, List<ApiMessageAndVersion> records) {}

  private record Step(long offset, List<ApiMessageAndVersion> records) {}

  private record Waiting(long offset, CompletableFuture<Piece> answer) {}

  private final int epoch;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private MetadataImage now = MetadataImage.EMPTY;
  private long beginning;
  private int kept;
  private boolean ended;

  MetadataHistory(int epoch) {
    this.epoch = epoch;
  }

  void begin(MetadataImage image) {
    now = image;
    beginning = offset();
  }

  void add(List<ApiMessageAndVersion> records, MetadataImage image) {
    now = image;
    steps.add(new Step(offset(), records));
    kept += records.size();
    while (kept > RECORDS_MAX) {
      Step gone = steps.poll();
      kept -= gone.records.size();
      beginning = gone.offset;
    }
    List<Waiting> woken = List.copyOf(waiting);
    waiting.clear();
    woken.forEach(one -> one.answer.complete(since(one.offset)));
  }

  void end() {
    ended = true;
    waiting.forEach(one -> one.answer.completeExceptionally(notController()));
    waiting.clear();
  }

  private static NotControllerException notController() {
    return new NotControllerException("This node is not the controller any more");
  }

  private long offset() {
    return now.provenance().lastContainedOffset();
  }

  /**
   * What a follower lacks; waits while that is nothing. Whoever asks gives up by completing the
   * future with null.
   */
  public CompletableFuture<Piece> after(int followerEpoch, long followerOffset) {
    if (ended) {
      return CompletableFuture.failedFuture(notController());
    }
    boolean known =
        followerEpoch == epoch && followerOffset >= beginning && followerOffset <= offset();
    if (!known) {
      return CompletableFuture.completedFuture(
          new Piece(epoch, offset(), true, MetadataPublisher.state(now)));
    }
    if (followerOffset < offset()) {
      return CompletableFuture.completedFuture(since(followerOffset));
    }
    CompletableFuture<Piece> answer = new CompletableFuture<>();
    waiting.removeIf(one -> one.answer.isDone());
    waiting.add(new Waiting(followerOffset, answer));
    return answer;
  }

  private Piece since(long from) {
    List<ApiMessageAndVersion> records = new ArrayList<>();
    for (Step step : steps) {
      if (step.offset > from) {
        records.addAll(step.records);
      }
    }
    return new Piece(epoch, offset(), false, records);
  }
}
