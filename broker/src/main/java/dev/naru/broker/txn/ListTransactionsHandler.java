package dev.naru.broker.txn;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.transaction.TransactionState;

/** Lists transactional ids by state, producer, duration (KIP-994) and pattern (KIP-1152). */
final class ListTransactionsHandler implements ApiHandler {
  private final TransactionService transactions;

  ListTransactionsHandler(TransactionService transactions) {
    this.transactions = transactions;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.LIST_TRANSACTIONS;
  }

  @Override
  public void handle(Request request) {
    ListTransactionsRequestData data = request.data(ListTransactionsRequestData.class);
    ListTransactionsResponseData response = new ListTransactionsResponseData();
    Errors refusal = transactions.listingRefusal();
    if (refusal != Errors.NONE) {
      request.respond(response.setErrorCode(refusal.code()));
      return;
    }
    Predicate<Transaction> filter =
        stateFilter(data, response).and(otherFilters(data, transactions.nowMs()));
    for (Transaction transaction : transactions.list()) {
      if (filter.test(transaction)) {
        response
            .transactionStates()
            .add(
                new ListTransactionsResponseData.TransactionState()
                    .setTransactionalId(transaction.transactionalId())
                    .setProducerId(transaction.producerId())
                    .setTransactionState(transaction.state().stateName()));
      }
    }
    request.respond(response);
  }

  private static Predicate<Transaction> stateFilter(
      ListTransactionsRequestData data, ListTransactionsResponseData response) {
    Set<TransactionState> wanted = EnumSet.noneOf(TransactionState.class);
    for (String name : data.stateFilters()) {
      TransactionState.fromName(name)
          .ifPresentOrElse(wanted::add, () -> response.unknownStateFilters().add(name));
    }
    return data.stateFilters().isEmpty() ? any -> true : one -> wanted.contains(one.state());
  }

  private static Predicate<Transaction> otherFilters(ListTransactionsRequestData data, long nowMs) {
    Set<Long> producerIds = new HashSet<>(data.producerIdFilters());
    Pattern pattern = pattern(data.transactionalIdPattern());
    long durationMs = data.durationFilter();
    return transaction ->
        (producerIds.isEmpty() || producerIds.contains(transaction.producerId()))
            && (durationMs < 0 || nowMs - transaction.startMs() > durationMs)
            && (pattern == null || pattern.matches(transaction.transactionalId()));
  }

  /** RE2 takes linear time, whatever the pattern. */
  private static Pattern pattern(String regex) {
    if (regex == null || regex.isEmpty()) {
      return null;
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new InvalidRegularExpression(
          "The transactional id pattern " + regex + " is not valid: " + e.getMessage());
    }
  }
}
