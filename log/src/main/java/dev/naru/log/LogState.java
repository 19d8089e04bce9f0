package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.CorruptRecordException;

/** Everything a log knows when it begins to serve. */
record LogState(
    List<LogSegment> segments,
    ProducerStates producers,
    LeaderEpochs epochs,
    long logStart,
    long end) {

  static LogState empty(long expirationMs) {
    return new LogState(List.of(), new ProducerStates(expirationMs), new LeaderEpochs(), 0, 0);
  }

  /** How a clean stop writes it down; the segments' details stay beside the segments. */
  record Clean(long logStart, long end, ByteBuffer producers, List<SegmentMeta> segments) {

    int encodedBytes() {
      int bytes = 8 + 8 + 4 + producers.remaining() + 4;
      for (SegmentMeta meta : segments) {
        bytes += meta.encodedBytes();
      }
      return bytes;
    }

    void encode(ByteBuffer into) {
      into.putLong(logStart).putLong(end).putInt(producers.remaining()).put(producers.duplicate());
      into.putInt(segments.size());
      segments.forEach(meta -> meta.encode(into));
    }

    static Clean decode(ByteBuffer from) {
      long logStart = from.getLong();
      long end = from.getLong();
      byte[] producers = new byte[from.getInt()];
      from.get(producers);
      List<SegmentMeta> segments = new ArrayList<>();
      for (int n = from.getInt(); n > 0; n--) {
        segments.add(SegmentMeta.decode(from));
      }
      return new Clean(logStart, end, ByteBuffer.wrap(producers), List.copyOf(segments));
    }

    /**
     * @throws CorruptRecordException the producers cannot be read
     */
    LogState restore(SegmentHome home, long expirationMs) {
      List<LogSegment> restored = new ArrayList<>();
      List<HomeSegment> homes = home.segments();
      for (int i = 0; i < homes.size(); i++) {
        restored.add(new LogSegment(homes.get(i), segments.get(i)));
      }
      return new LogState(
          restored,
          ProducerStates.load(producers.duplicate(), expirationMs),
          LogRecovery.epochs(restored),
          logStart,
          end);
    }
  }
}
