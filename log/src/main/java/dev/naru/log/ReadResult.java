package dev.naru.log;

import java.util.List;

/**
 * What a read found.
 *
 * @param records whole batches; the first one may begin before the offset that was asked for
 * @param abortedTransactions filled for {@link ReadLimit#LAST_STABLE_OFFSET} only
 */
public record ReadResult(LogSlice records, List<AbortedTransaction> abortedTransactions) {}
