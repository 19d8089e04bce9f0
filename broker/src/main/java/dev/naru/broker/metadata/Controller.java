package dev.naru.broker.metadata;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.common.ProducerIdsBlock;

/** What the other parts of the broker ask of the owner of the metadata log. Any thread. */
public interface Controller {
  /**
   * Gives a topic's id, creating it when it is absent; completes when its partitions are open.
   *
   * @param partitions -1 for {@code num.partitions}
   * @param configs topic configs for the case that it is created
   */
  CompletionStage<Uuid> ensureTopic(String name, int partitions, Map<String, String> configs);

  /** Reserves producer ids, durably, so that none is ever given out twice. */
  CompletionStage<ProducerIdsBlock> allocateProducerIds();
}
