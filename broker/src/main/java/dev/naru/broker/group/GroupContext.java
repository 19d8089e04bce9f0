package dev.naru.broker.group;

import dev.naru.broker.Timers;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.txn.TransactionVerifier;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the node gives to its group coordinator.
 *
 * @param metadata the cluster as this node sees it
 * @param partitions the logs of {@code __consumer_offsets} are found there
 * @param controller creates {@code __consumer_offsets} on first use
 * @param verifier asked for when the first transactional commit comes, since the transaction
 *     coordinator in turn needs the group coordinator
 * @param timers for waits and retries
 * @param settings broker settings under Kafka's names, those that begin with {@code group.}, {@code
 *     offsets.} and {@code offset.metadata.}; what is absent has Kafka's default
 */
public record GroupContext(
    MetadataView metadata,
    PartitionRegistry partitions,
    Controller controller,
    Supplier<TransactionVerifier> verifier,
    Timers timers,
    Map<String, ?> settings) {}
