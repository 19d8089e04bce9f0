package dev.naru.broker.txn;

import dev.naru.broker.txn.TransactionCommand.EndTransaction;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.requests.TransactionResult;

/**
 * Commits that came before the records of their transaction. With transactions v2 (KIP-890) nothing
 * but the records opens a transaction here, and kafka-clients 4.4 can send the end first: it asks
 * whether batches are under way before it takes its lock to look for an end, and a fast node lets a
 * whole transaction begin in between. A refusal is fatal to that client, although it has done
 * nothing wrong; told to come again, it sends the records, and then the end.
 *
 * <p>A commit that stays without records is refused after a few times, as Apache Kafka refuses it
 * at once. The partition's lock guards it.
 */
final class OvertakingEnds {
  private static final int MAX_RETURNS = 3;

  private record Seen(ProducerIdentity producer, int times) {}

  private final Map<String, Seen> seen = new HashMap<>();

  /** Whether a commit that is refused should come again. Counts it. */
  boolean mayComeAgain(EndTransaction end, Transaction current) {
    if (!overtakes(end, current)) {
      return false;
    }
    Seen before = seen.get(end.transactionalId());
    int times = before != null && before.producer.equals(end.producer()) ? before.times : 0;
    if (times == MAX_RETURNS) {
      return false;
    }
    seen.put(end.transactionalId(), new Seen(end.producer(), times + 1));
    return true;
  }

  /** Nothing is open, and the producer is the current one: its next transaction would be. */
  private static boolean overtakes(EndTransaction end, Transaction current) {
    return end.version().supportsEpochBump()
        && end.result() == TransactionResult.COMMIT
        && current != null
        && current.producerId() == end.producer().id()
        && current.producerEpoch() == end.producer().epoch()
        && switch (current.state()) {
          case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT -> true;
          default -> false;
        };
  }

  /** Something changed for this id. */
  void forget(String transactionalId) {
    seen.remove(transactionalId);
  }
}
