package dev.naru.log;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What a read would have found, and where another node finds it.
 *
 * @param place for {@link LocatedReads}; empty when there are no records
 * @param baseOffset of the first batch, which may begin before the offset that was asked for
 * @param sizeInBytes of the records: whole batches, as in a {@link ReadResult}
 * @param abortedTransactions filled for {@link ReadLimit#LAST_STABLE_OFFSET} only
 */
public record LocatedRecords(
    ByteBuffer place,
    long baseOffset,
    int sizeInBytes,
    List<AbortedTransaction> abortedTransactions) {
  static final LocatedRecords NONE =
      new LocatedRecords(ByteBuffer.allocate(0).asReadOnlyBuffer(), -1, 0, List.of());
}
