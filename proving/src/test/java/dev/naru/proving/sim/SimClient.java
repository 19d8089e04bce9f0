package dev.naru.proving.sim;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;

/** What all clients do: they know the leaders, ask for them again, and give up on a connection. */
final class SimClient {
  private static final long REQUEST_MS = 8_000;
  private static final int BACKOFF_MS_MAX = 150;

  record Leader(int node, int epoch) {}

  final Proc proc;
  final String topic;
  private final Cluster cluster;
  private final Map<Integer, Net.Connection> connections = new HashMap<>();
  private final Map<Integer, Leader> leaders = new HashMap<>();
  private Uuid topicId;
  private boolean asking;

  SimClient(Cluster cluster, Proc proc, String topic) {
    this.cluster = cluster;
    this.proc = proc;
    this.topic = topic;
  }

  World world() {
    return cluster.world;
  }

  Uuid topicId() {
    return topicId;
  }

  /** Null while that is not known. */
  Leader leader(int partition) {
    return leaders.get(partition);
  }

  TopicPartition name(int partition) {
    return new TopicPartition(topic, partition);
  }

  /** Sends to a node; fails when the connection breaks, or is given up. */
  CompletableFuture<AbstractResponse> send(int node, AbstractRequest request) {
    Net.Connection known = connections.get(node);
    Net.Connection connection =
        known == null || known.isEnded()
            ? cluster.net.connect(proc, new Net.Port(node, false))
            : known;
    connections.put(node, connection);
    CompletableFuture<AbstractResponse> answer = connection.send(request);
    var patience = proc.schedule(REQUEST_MS, () -> connection.end("no answer in time"));
    answer.whenComplete((response, problem) -> patience.cancel());
    return answer;
  }

  /** Asks some node for the leaders, then goes on; forgets nothing meanwhile. */
  void refresh(Runnable then) {
    proc.schedule(world().random.nextInt(BACKOFF_MS_MAX), () -> ask(then));
  }

  private void ask(Runnable then) {
    if (asking) {
      then.run();
      return;
    }
    asking = true;
    MetadataRequestData data = new MetadataRequestData().setAllowAutoTopicCreation(false);
    data.topics().add(new MetadataRequestTopic().setName(topic));
    int node = 1 + world().random.nextInt(Cluster.NODES);
    send(node, new MetadataRequest(data, ApiKeys.METADATA.latestVersion()))
        .whenComplete(
            (response, problem) -> {
              asking = false;
              if (problem == null) {
                take((MetadataResponse) response);
              } else if (!(problem instanceof NetworkException)) {
                throw new AssertionError(problem);
              }
              then.run();
            });
  }

  private void take(MetadataResponse response) {
    response
        .data()
        .topics()
        .forEach(
            found -> {
              if (found.errorCode() != Errors.NONE.code()) {
                return;
              }
              topicId = found.topicId();
              found
                  .partitions()
                  .forEach(
                      partition -> {
                        Leader before = leaders.get(partition.partitionIndex());
                        if (partition.leaderId() > 0
                            && (before == null || before.epoch <= partition.leaderEpoch())) {
                          leaders.put(
                              partition.partitionIndex(),
                              new Leader(partition.leaderId(), partition.leaderEpoch()));
                        }
                      });
            });
  }
}
