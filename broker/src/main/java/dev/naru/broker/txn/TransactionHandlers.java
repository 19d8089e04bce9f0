package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import java.util.List;
import java.util.function.ToIntFunction;

/** The APIs of transactions and idempotent producers. */
public final class TransactionHandlers {
  private TransactionHandlers() {}

  /**
   * @param offsetsPartition the partition of {@code __consumer_offsets} that keeps a group
   */
  public static List<ApiHandler> all(
      TransactionService transactions, ToIntFunction<String> offsetsPartition) {
    return List.of(
        new InitProducerIdHandler(transactions),
        new AddPartitionsToTxnHandler(transactions),
        new AddOffsetsToTxnHandler(transactions, offsetsPartition),
        new EndTxnHandler(transactions),
        new WriteTxnMarkersHandler(transactions),
        new DescribeTransactionsHandler(transactions),
        new ListTransactionsHandler(transactions));
  }

  /** What other nodes ask: markers from coordinators, verification from leaders. */
  public static List<ApiHandler> forNodes(TransactionService transactions) {
    return List.of(
        new WriteTxnMarkersHandler(transactions), new AddPartitionsToTxnHandler(transactions));
  }
}
