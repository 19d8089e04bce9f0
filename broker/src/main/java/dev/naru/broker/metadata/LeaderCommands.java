package dev.naru.broker.metadata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersRequestData.TopicPartitions;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Commands with which an administrator says which node shall own a partition. Owning one costs no
 * copy, so each has happened when its record is there; nothing is ever in progress. Pure; one
 * object sees one image.
 */
final class LeaderCommands {
  private static final short RECORD_VERSION = 2;

  private final MetadataImage image;
  private final int alone;
  private final List<ApiMessageAndVersion> records = new ArrayList<>();

  /**
   * @param alone the node that owns everything while none is registered
   */
  LeaderCommands(MetadataImage image, int alone) {
    this.image = image;
    this.alone = alone;
  }

  /**
   * AlterPartitionReassignments (KIP-455): the nodes that a partition names from now on, of which
   * the first that can own it does.
   */
  Outcome<AlterPartitionReassignmentsResponseData> reassign(
      AlterPartitionReassignmentsRequestData request) {
    AlterPartitionReassignmentsResponseData response =
        new AlterPartitionReassignmentsResponseData()
            .setAllowReplicationFactorChange(request.allowReplicationFactorChange());
    for (ReassignableTopic topic : request.topics()) {
      ReassignableTopicResponse answer = new ReassignableTopicResponse().setName(topic.name());
      for (ReassignablePartition partition : topic.partitions()) {
        ApiError error = reassign(topic.name(), partition, request.allowReplicationFactorChange());
        answer
            .partitions()
            .add(
                new ReassignablePartitionResponse()
                    .setPartitionIndex(partition.partitionIndex())
                    .setErrorCode(error.error().code())
                    .setErrorMessage(error.message()));
      }
      response.responses().add(answer);
    }
    return new Outcome<>(records, response);
  }

  private ApiError reassign(String name, ReassignablePartition wanted, boolean mayChangeCount) {
    TopicImage topic = image.topics().getTopic(name);
    if (topic == null) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find a topic named " + name + ".");
    }
    PartitionRegistration now = topic.partitions().get(wanted.partitionIndex());
    if (now == null) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION,
          "Unable to find partition " + name + ":" + wanted.partitionIndex() + ".");
    }
    List<Integer> replicas = wanted.replicas();
    if (replicas == null) {
      return new ApiError(Errors.NO_REASSIGNMENT_IN_PROGRESS);
    }
    ApiError error = check(replicas);
    if (error.isFailure()) {
      return error;
    }
    if (!mayChangeCount && replicas.size() != now.replicas.length) {
      return new ApiError(
          Errors.INVALID_REPLICATION_FACTOR,
          "The replication factor is changed from "
              + now.replicas.length
              + " to "
              + replicas.size()
              + ", which the request does not allow.");
    }
    int leader = replicas.stream().filter(this::canOwn).findFirst().orElseThrow();
    change(topic, wanted.partitionIndex(), now, replicas, leader);
    return ApiError.NONE;
  }

  private ApiError check(List<Integer> replicas) {
    if (replicas.isEmpty()) {
      return invalid("The manual partition assignment includes an empty replica list.");
    }
    Set<Integer> seen = new HashSet<>();
    for (int replica : replicas) {
      if (!seen.add(replica)) {
        return invalid(
            "The manual partition assignment includes the broker " + replica + " more than once.");
      }
      if (!isKnown(replica)) {
        return invalid(
            "The manual partition assignment includes broker "
                + replica
                + ", but no such broker is registered.");
      }
    }
    return replicas.stream().anyMatch(this::canOwn)
        ? ApiError.NONE
        : invalid("None of the brokers " + replicas + " can own a partition now.");
  }

  private static ApiError invalid(String why) {
    return new ApiError(Errors.INVALID_REPLICA_ASSIGNMENT, why);
  }

  private boolean isKnown(int node) {
    return image.cluster().brokers().isEmpty()
        ? node == alone
        : image.cluster().broker(node) != null;
  }

  private boolean isThere(int node) {
    BrokerRegistration broker = image.cluster().broker(node);
    return broker == null
        ? image.cluster().brokers().isEmpty() && node == alone
        : !broker.fenced() && !broker.inControlledShutdown();
  }

  private boolean canOwn(int node) {
    return isThere(node) && !NodeCommands.isDrained(image, node);
  }

  private void change(
      TopicImage topic, int index, PartitionRegistration now, List<Integer> replicas, int leader) {
    List<Integer> inSync = replicas.stream().filter(this::isThere).toList();
    PartitionChangeRecord record =
        new PartitionChangeRecord().setTopicId(topic.id()).setPartitionId(index);
    boolean moved = leader != now.leader;
    boolean newReplicas = !replicas.equals(Arrays.stream(now.replicas).boxed().toList());
    boolean newInSync = !inSync.equals(Arrays.stream(now.isr).boxed().toList());
    if (moved) {
      record.setLeader(leader);
    }
    if (newReplicas) {
      record.setReplicas(replicas);
      record.setDirectories(Collections.nCopies(replicas.size(), DirectoryId.UNASSIGNED));
    }
    if (newInSync) {
      record.setIsr(inSync);
    }
    if (moved || newReplicas || newInSync) {
      records.add(new ApiMessageAndVersion(record, RECORD_VERSION));
    }
  }

  /**
   * ElectLeaders (KIP-460): partitions go to the first node that they name, where that can own
   * them. There is no unclean election: whoever owns a partition has all of it.
   */
  Outcome<ElectLeadersResponseData> elect(ElectLeadersRequestData request) {
    ElectionType type = ElectionType.valueOf(request.electionType());
    ElectLeadersResponseData response = new ElectLeadersResponseData();
    if (request.topicPartitions() == null) {
      for (TopicImage topic : image.topics().topicsByName().values()) {
        ReplicaElectionResult result = new ReplicaElectionResult().setTopic(topic.name());
        for (int index : topic.partitions().keySet()) {
          PartitionResult one = elect(type, topic.name(), index);
          // "All" leaves out the partitions that need no election.
          if (one.errorCode() != Errors.ELECTION_NOT_NEEDED.code()) {
            result.partitionResult().add(one);
          }
        }
        response.replicaElectionResults().add(result);
      }
    } else {
      for (TopicPartitions topic : request.topicPartitions()) {
        ReplicaElectionResult result = new ReplicaElectionResult().setTopic(topic.topic());
        topic
            .partitions()
            .forEach(index -> result.partitionResult().add(elect(type, topic.topic(), index)));
        response.replicaElectionResults().add(result);
      }
    }
    return new Outcome<>(records, response);
  }

  private PartitionResult elect(ElectionType type, String name, int index) {
    ApiError error = electOne(type, name, index);
    return new PartitionResult()
        .setPartitionId(index)
        .setErrorCode(error.error().code())
        .setErrorMessage(error.message());
  }

  private ApiError electOne(ElectionType type, String name, int index) {
    TopicImage topic = image.topics().getTopic(name);
    if (topic == null) {
      return new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such topic as " + name);
    }
    PartitionRegistration now = topic.partitions().get(index);
    if (now == null) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION, "No such partition as " + name + "-" + index);
    }
    int preferred = now.replicas[0];
    if (now.leader == preferred || (type == ElectionType.UNCLEAN && now.hasLeader())) {
      return new ApiError(Errors.ELECTION_NOT_NEEDED);
    }
    if (!canOwn(preferred)) {
      return type == ElectionType.PREFERRED
          ? new ApiError(Errors.PREFERRED_LEADER_NOT_AVAILABLE)
          : new ApiError(Errors.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }
    change(topic, index, now, Arrays.stream(now.replicas).boxed().toList(), preferred);
    return ApiError.NONE;
  }
}
