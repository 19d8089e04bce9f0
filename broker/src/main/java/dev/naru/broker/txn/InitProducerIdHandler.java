package dev.naru.broker.txn;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.txn.TransactionCommand.InitProducerId;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Gives a producer its id and epoch, and fences whoever had the transactional id before. */
final class InitProducerIdHandler implements ApiHandler {
  private final TransactionService transactions;

  InitProducerIdHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.INIT_PRODUCER_ID;
  }

  @Override
  public void handle(Request request) {
    InitProducerIdRequestData data = request.data(InitProducerIdRequestData.class);
    InitProducerId command =
        new InitProducerId(
            data.transactionalId(),
            data.transactionTimeoutMs(),
            data.enable2Pc(),
            data.keepPreparedTxn(),
            expected(data));
    Responses.respondLater(
        request,
        transactions.initProducerId(command),
        answer ->
            new InitProducerIdResponseData()
                .setErrorCode(Responses.forVersion(answer.error(), request.version(), 4).code())
                .setProducerId(answer.producerId())
                .setProducerEpoch(answer.producerEpoch()));
  }

  private static ProducerIdentity expected(InitProducerIdRequestData data) {
    boolean noId = data.producerId() == RecordBatch.NO_PRODUCER_ID;
    boolean noEpoch = data.producerEpoch() == RecordBatch.NO_PRODUCER_EPOCH;
    if (noId != noEpoch) {
      throw new InvalidRequestException(
          "A producer id and its epoch must be given together, or neither, but they were "
              + data.producerId()
              + " and "
              + data.producerEpoch());
    }
    return noId ? null : new ProducerIdentity(data.producerId(), data.producerEpoch());
  }
}
