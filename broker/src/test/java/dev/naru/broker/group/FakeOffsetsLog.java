package dev.naru.broker.group;

import dev.naru.log.LogListener;
import dev.naru.log.LogSlice;
import dev.naru.log.VerificationGuard;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;

/** A log in memory whose durability and failures a test decides. */
final class FakeOffsetsLog implements OffsetsLog {
  private static final class Batch {
    final long baseOffset;
    final long lastOffset;
    final byte[] bytes;

    Batch(long baseOffset, long lastOffset, byte[] bytes) {
      this.baseOffset = baseOffset;
      this.lastOffset = lastOffset;
      this.bytes = bytes;
    }
  }

  private final List<Batch> batches = new ArrayList<>();
  private final List<LogListener> listeners = new CopyOnWriteArrayList<>();
  private long end;
  private long highWatermark;
  private boolean durable = true;
  private RuntimeException nextFailure;
  private boolean halfWay;
  private Throwable failure;
  private VerificationGuard handedOut;
  private VerificationGuard givenBack;

  /** Whether what is appended becomes durable at once. */
  void durable(boolean now) {
    synchronized (this) {
      durable = now;
      if (now) {
        highWatermark = end;
      }
    }
    if (now) {
      listeners.forEach(listener -> listener.onProgress(null));
    }
  }

  /** The next append fails, with or without a batch left behind. */
  synchronized void failNext(RuntimeException cause, boolean leavesBatch) {
    nextFailure = cause;
    halfWay = leavesBatch;
  }

  void goOffline(Throwable cause) {
    synchronized (this) {
      failure = cause;
    }
    listeners.forEach(listener -> listener.onFailure(null, cause));
  }

  synchronized void comeBack() {
    failure = null;
  }

  synchronized VerificationGuard handedOut() {
    return handedOut;
  }

  synchronized VerificationGuard givenBack() {
    return givenBack;
  }

  @Override
  public int leaderEpoch() {
    return 0;
  }

  @Override
  public int maxMessageBytes() {
    return 1024 * 1024;
  }

  @Override
  public synchronized long startOffset() {
    return 0;
  }

  @Override
  public synchronized long endOffset() {
    return end;
  }

  @Override
  public synchronized long highWatermark() {
    return highWatermark;
  }

  @Override
  public long append(ByteBuffer buffer, VerificationGuard guard, long nowMs, short version) {
    synchronized (this) {
      RuntimeException cause = nextFailure;
      nextFailure = null;
      if (cause == null || halfWay) {
        write(buffer);
        givenBack = guard;
      }
      if (cause != null) {
        throw cause;
      }
      if (durable) {
        highWatermark = end;
      }
    }
    listeners.forEach(listener -> listener.onProgress(null));
    return endOffset();
  }

  private void write(ByteBuffer buffer) {
    for (MutableRecordBatch batch : MemoryRecords.readableRecords(buffer).batches()) {
      batch.setLastOffset(end + batch.lastOffset() - batch.baseOffset());
      ByteBuffer copy = ByteBuffer.allocate(batch.sizeInBytes());
      batch.writeTo(copy);
      batches.add(new Batch(batch.baseOffset(), batch.lastOffset(), copy.array()));
      end = batch.lastOffset() + 1;
    }
  }

  @Override
  public synchronized CompletionStage<LogSlice> read(long offset, int maxBytes) {
    ByteArrayOutputStream found = new ByteArrayOutputStream();
    for (Batch batch : batches) {
      if (batch.lastOffset >= offset
          && (found.size() == 0 || found.size() + batch.bytes.length <= maxBytes)) {
        found.writeBytes(batch.bytes);
      }
    }
    return CompletableFuture.completedFuture(new Slice(ByteBuffer.wrap(found.toByteArray())));
  }

  @Override
  public synchronized void truncateTo(long offset) {
    batches.removeIf(batch -> batch.baseOffset >= offset);
    end = offset;
  }

  @Override
  public void deleteRecords(long beforeOffset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized VerificationGuard startVerification(
      long producerId, short producerEpoch, boolean supportsEpochBump) {
    handedOut = new VerificationGuard();
    return handedOut;
  }

  @Override
  public synchronized Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  @Override
  public void addListener(LogListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeListener(LogListener listener) {
    listeners.remove(listener);
  }

  private record Slice(ByteBuffer buffer) implements LogSlice {
    @Override
    public int sizeInBytes() {
      return buffer.remaining();
    }

    @Override
    public FileChannel file() {
      return null;
    }

    @Override
    public long filePosition() {
      return 0;
    }

    @Override
    public MemoryRecords toMemoryRecords() {
      return MemoryRecords.readableRecords(buffer);
    }

    @Override
    public void close() {}
  }
}
