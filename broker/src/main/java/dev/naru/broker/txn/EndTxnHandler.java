package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;

/** Commits or aborts; from v5 on, the client is one of transactions v2 and gets a new epoch. */
final class EndTxnHandler implements ApiHandler {
  private static final short FIRST_V2_VERSION = 5;

  private final TransactionService transactions;

  EndTxnHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.END_TXN;
  }

  @Override
  public void handle(Request request) {
    EndTxnRequestData data = request.data(EndTxnRequestData.class);
    boolean v2 = request.version() >= FIRST_V2_VERSION;
    EndTransaction command =
        new EndTransaction(
            data.transactionalId(),
            new ProducerIdentity(data.producerId(), data.producerEpoch()),
            data.committed() ? TransactionResult.COMMIT : TransactionResult.ABORT,
            v2 ? TransactionVersion.TV_2 : TransactionVersion.TV_0);
    Responses.respondLater(
        request,
        transactions.endTransaction(command),
        answer ->
            new EndTxnResponseData()
                .setErrorCode(Responses.forVersion(answer.error(), request.version(), 2).code())
                .setProducerId(answer.producerId())
                .setProducerEpoch(answer.producerEpoch()));
  }
}
