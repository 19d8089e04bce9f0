package dev.naru.broker.produce;

import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import dev.naru.broker.partition.PartitionLookup;
import dev.naru.broker.partition.PartitionLookup.Leader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponseCollection;

/**
 * A produce request on its way: its partitions' appends, and the answer that they fill.
 *
 * <p>Appends on the event loop; with {@code acks=all} the last partition to become durable answers,
 * on whichever thread that is, or {@link ProduceTimeouts} does when {@code timeoutMs} passed first.
 * Only the one who answers touches the response, so that it is never changed while it is sent.
 */
final class ProduceCall {
  /** So far below 0 that whatever becomes durable later changes nothing. */
  private static final int ANSWERED = Integer.MIN_VALUE / 2;

  /** KIP-951. */
  private static final short FIRST_VERSION_WITH_LEADERS = 10;

  private final Request request;
  private final ProduceRequestData data;
  private final TopicProduceResponseCollection topics = new TopicProduceResponseCollection();
  private final List<PendingAppend> appends = new ArrayList<>(1);
  private final AtomicInteger notDurable = new AtomicInteger();
  private final ProduceTimeouts timeouts;
  private final PartitionLookup partitions;
  private final RefusedSequences refused;

  // Its place among those that wait; guarded by ProduceTimeouts.
  long deadlineMs;
  int bucket = ProduceTimeouts.NOWHERE;
  ProduceCall next;
  ProduceCall previous;

  ProduceCall(
      Request request,
      ProduceRequestData data,
      PartitionLookup partitions,
      ProduceTimeouts timeouts,
      RefusedSequences refused) {
    this.partitions = partitions;
    this.refused = refused;
    this.request = request;
    this.data = data;
    this.timeouts = timeouts;
  }

  Request request() {
    return request;
  }

  /** Adds a partition; it has failed already when there is no such partition here. */
  PendingAppend add(String name, TopicProduceData topic, int index, Partition partition) {
    PartitionProduceResponse response =
        new PartitionProduceResponse()
            .setIndex(index)
            .setBaseOffset(-1)
            .setLogAppendTimeMs(-1)
            .setLogStartOffset(-1);
    boolean byName = topic.topicId().equals(Uuid.ZERO_UUID);
    topicResponse(byName ? name : "", topic).partitionResponses().add(response);
    Object topicKey = byName ? name : topic.topicId();
    PendingAppend append =
        new PendingAppend(partitions, refused, name, topicKey, partition, response);
    appends.add(append);
    return append;
  }

  /** The name is empty where the producer names the topic by its id. */
  private TopicProduceResponse topicResponse(String name, TopicProduceData topic) {
    TopicProduceResponse response = topics.find(name, topic.topicId());
    if (response == null) {
      response =
          new TopicProduceResponse()
              .setName(name)
              .setTopicId(topic.topicId())
              .setPartitionResponses(new ArrayList<>(topic.partitionData().size()));
      topics.add(response);
    }
    return response;
  }

  /** Appends everything that passed its checks. Then the request is ordered. */
  void appendAll(long nowMs) {
    for (PendingAppend append : appends) {
      if (!append.failed()) {
        append.append(data.acks(), nowMs);
      }
    }
    if (data.acks() == 0) {
      endWithoutAnswer();
    } else if (data.acks() == -1 || appends.stream().anyMatch(PendingAppend::awaitsVerdict)) {
      request.ordered();
      answerWhenSettled();
    } else {
      respond();
    }
  }

  /** A producer with acks=0 learns of an error by losing its connection, as with Apache Kafka. */
  private void endWithoutAnswer() {
    boolean anyFailed = appends.stream().anyMatch(PendingAppend::failed);
    request.respondNothing();
    if (anyFailed) {
      request.close("an append with acks=0 failed");
    }
  }

  private void answerWhenSettled() {
    // One more than there are appends, so that no callback answers before all are registered.
    notDurable.set(1);
    for (PendingAppend append : appends) {
      if (append.awaitsVerdict()) {
        notDurable.incrementAndGet();
        append.whenJudged(this::oneDurable);
      } else if (data.acks() == -1 && append.mustBecomeDurable()) {
        notDurable.incrementAndGet();
        append.whenDurable(this::oneDurable);
      }
    }
    if (notDurable.get() > 1) {
      timeouts.add(this, data.timeoutMs());
    }
    oneDurable();
  }

  private void oneDurable() {
    if (notDurable.decrementAndGet() == 0) {
      timeouts.remove(this);
      respond();
    }
  }

  /** Answers now, saying of what is not durable yet that nobody can tell how it ends. */
  void timeOut() {
    int left = notDurable.get();
    while (left > 0) {
      if (notDurable.compareAndSet(left, ANSWERED)) {
        respond();
        return;
      }
      left = notDurable.get();
    }
  }

  private void respond() {
    for (PendingAppend append : appends) {
      append.conclude();
    }
    ProduceResponseData response = new ProduceResponseData().setResponses(topics);
    if (request.version() >= FIRST_VERSION_WITH_LEADERS) {
      tellLeaders(response);
    }
    request.respond(response);
  }

  /** So that the client goes on there without asking for metadata first. */
  private void tellLeaders(ProduceResponseData response) {
    for (PendingAppend append : appends) {
      Leader leader = append.tellLeader();
      if (leader != null && response.nodeEndpoints().find(leader.nodeId()) == null) {
        partitions
            .node(leader.nodeId(), request.context().listenerName)
            .ifPresent(
                node ->
                    response
                        .nodeEndpoints()
                        .add(
                            new NodeEndpoint()
                                .setNodeId(node.id())
                                .setHost(node.host())
                                .setPort(node.port())
                                .setRack(node.rack())));
      }
    }
  }
}
