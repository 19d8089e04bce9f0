package dev.naru.broker.group;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.metadata.Controller;
import dev.naru.broker.metadata.MetadataView;
import dev.naru.broker.metadata.PublishedMetadata;
import dev.naru.broker.partition.PartitionRegistry;
import dev.naru.broker.txn.TransactionVerifier;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.server.common.ProducerIdsBlock;

/** A node around the group service: metadata, logs and a transaction coordinator that says yes. */
final class FakeNode implements Controller, TransactionVerifier, AutoCloseable {
  static final int NODE_ID = 1;
  static final int PARTITIONS = 3;

  final MetadataView view = new MetadataView(NODE_ID, "cluster");
  final ManualTimers timers = new ManualTimers();
  final Map<TopicPartition, OffsetsLog> logs = new ConcurrentHashMap<>();
  final Map<String, Object> settings = new HashMap<>();
  final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);
  volatile Errors verdict = Errors.NONE;
  volatile Mode lastMode;
  int creations;
  GroupService service;
  Function<TopicPartition, OffsetsLog> newLog = tp -> new FakeOffsetsLog();
  private long metadataOffset;

  FakeNode() {
    settings.put("offsets.topic.num.partitions", PARTITIONS);
    settings.put("group.initial.rebalance.delay.ms", 0);
    newService();
    change(
        delta ->
            delta.replay(
                new RegisterBrokerRecord()
                    .setBrokerId(NODE_ID)
                    .setIncarnationId(Uuid.randomUuid())
                    .setFenced(false)
                    .setEndPoints(
                        new RegisterBrokerRecord.BrokerEndpointCollection(
                            List.of(
                                    new RegisterBrokerRecord.BrokerEndpoint()
                                        .setName("PLAINTEXT")
                                        .setHost("127.0.0.1")
                                        .setPort(9092)
                                        .setSecurityProtocol((short) 0))
                                .iterator()))));
  }

  private void newService() {
    GroupContext context =
        new GroupContext(view, new PartitionRegistry(), this, () -> this, timers, settings);
    service = new GroupService(context, logs::get);
    handlers.clear();
    for (ApiHandler handler :
        GroupHandlers.all(
            service,
            id ->
                ensureTopic(Topic.TRANSACTION_STATE_TOPIC_NAME, 2, Map.of())
                    .thenApply(created -> id.length() % 2))) {
      handlers.put(handler.api(), handler);
    }
  }

  FakeNode start() {
    service.start();
    return this;
  }

  void restart() {
    service.close();
    newService();
    service.start();
  }

  FakeOffsetsLog log(String groupId) {
    return (FakeOffsetsLog)
        logs.get(
            new TopicPartition(
                Topic.GROUP_METADATA_TOPIC_NAME,
                OffsetsTopic.partitionFor(groupId, view.topic(Topic.GROUP_METADATA_TOPIC_NAME))));
  }

  TopicPartition offsetsPartition(String groupId) {
    return new TopicPartition(
        Topic.GROUP_METADATA_TOPIC_NAME,
        OffsetsTopic.partitionFor(groupId, view.topic(Topic.GROUP_METADATA_TOPIC_NAME)));
  }

  Uuid createTopic(String name, int partitions) {
    Uuid id = Uuid.randomUuid();
    await(
        change(
            delta -> {
              delta.replay(new TopicRecord().setName(name).setTopicId(id));
              for (int i = 0; i < partitions; i++) {
                delta.replay(
                    new PartitionRecord()
                        .setTopicId(id)
                        .setPartitionId(i)
                        .setReplicas(List.of(NODE_ID))
                        .setIsr(List.of(NODE_ID))
                        .setLeader(NODE_ID)
                        .setLeaderEpoch(0)
                        .setPartitionEpoch(0));
                TopicPartition tp = new TopicPartition(name, i);
                logs.computeIfAbsent(tp, newLog);
              }
            }));
    return id;
  }

  void deleteTopic(String name) {
    Uuid id = view.topic(name).id();
    await(change(delta -> delta.replay(new RemoveTopicRecord().setTopicId(id))));
  }

  private CompletionStage<Void> change(Consumer<MetadataDelta> records) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(view.image()).build();
    records.accept(delta);
    MetadataImage image = delta.apply(new MetadataProvenance(++metadataOffset, 1, 0, true));
    PublishedMetadata.publish(view, image);
    return service.onMetadata(delta, image);
  }

  <T extends ApiMessage> T send(ApiKeys api, int version, ApiMessage data, Class<T> type) {
    return type.cast(await(send(api, version, data)));
  }

  CompletableFuture<ApiMessage> send(ApiKeys api, int version, ApiMessage data) {
    FakeRequest request = new FakeRequest(api, (short) version, data);
    handlers.get(api).handle(request);
    return request.answer();
  }

  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized CompletionStage<Uuid> ensureTopic(
      String name, int partitions, Map<String, String> configs) {
    if (view.topic(name) != null) {
      return CompletableFuture.completedFuture(view.topic(name).id());
    }
    creations++;
    return CompletableFuture.completedFuture(createTopic(name, partitions));
  }

  @Override
  public CompletionStage<ProducerIdsBlock> allocateProducerIds() {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  @Override
  public CompletionStage<Map<TopicPartition, Errors>> addOrVerify(
      String transactionalId,
      long producerId,
      short producerEpoch,
      Collection<TopicPartition> partitions,
      Mode mode) {
    lastMode = mode;
    Map<TopicPartition, Errors> errors = new HashMap<>();
    partitions.forEach(tp -> errors.put(tp, verdict));
    return CompletableFuture.completedFuture(errors);
  }

  @Override
  public void close() {
    service.close();
  }
}
