package dev.naru.cli.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.Table;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * A cluster as {@code cluster status} shows it.
 *
 * @param id the cluster's id
 * @param controller the id of the node that is the controller; -1 while there is none
 * @param nodes by their ids, those that are gone included
 * @param partitions how many there are, Kafka's internal topics included
 * @param ownerless partitions that nobody serves
 * @param underReplicated partitions that name a node which does not stand in for their owner now
 */
record ClusterView(
    String id,
    int controller,
    List<Member> nodes,
    int partitions,
    List<String> ownerless,
    List<String> underReplicated) {
  /** The config of one node that keeps it empty. */
  static final String DRAIN = "node.drain";

  private static final JsonFactory JSON = new JsonFactory();
  private static final int NODE_PATIENCE_MS = 3_000;
  private static final int SHOWN = 10;

  /** What a node does in its cluster. */
  enum State {
    /** It serves, or could. */
    IN,
    /** It gives what it owns to others. */
    LEAVING,
    /** It is there, owns nothing, and is given nothing. */
    DRAINED,
    /** The cluster believes that it is there, and it does not answer. */
    SILENT,
    /** It was a member, and is not seen. */
    GONE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A node of the cluster.
   *
   * @param owns how many partitions it leads
   */
  record Member(Node node, State state, int owns) {
    int id() {
      return node.id();
    }
  }

  /** Asks the cluster. */
  static ClusterView read(Admin admin) {
    DescribeClusterResult cluster =
        admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true));
    Collection<Node> nodes = Cluster.await("cluster", cluster.nodes());
    Node controller = Cluster.await("cluster", cluster.controller());
    return of(
        Cluster.await("cluster", cluster.clusterId()),
        controller == null ? -1 : controller.id(),
        nodes,
        drains(admin, nodes),
        topics(admin));
  }

  /**
   * Sums up.
   *
   * @param drains whether a node that is there shall be empty; without an entry it does not answer
   */
  static ClusterView of(
      String id,
      int controller,
      Collection<Node> nodes,
      Map<Integer, Boolean> drains,
      Collection<TopicDescription> topics) {
    Map<Integer, Integer> owned = new HashMap<>();
    List<String> ownerless = new ArrayList<>();
    List<String> underReplicated = new ArrayList<>();
    int partitions = 0;
    for (TopicDescription topic : topics) {
      for (TopicPartitionInfo partition : topic.partitions()) {
        partitions++;
        String name = topic.name() + "-" + partition.partition();
        if (partition.leader() == null || partition.leader().isEmpty()) {
          ownerless.add(name);
        } else {
          owned.merge(partition.leader().id(), 1, Integer::sum);
        }
        if (partition.isr().size() < partition.replicas().size()) {
          underReplicated.add(name);
        }
      }
    }
    List<Member> members =
        nodes.stream()
            .sorted(Comparator.comparingInt(Node::id))
            .map(
                node -> {
                  int owns = owned.getOrDefault(node.id(), 0);
                  return new Member(node, state(node, drains.get(node.id()), owns), owns);
                })
            .toList();
    return new ClusterView(id, controller, members, partitions, ownerless, underReplicated);
  }

  private static State state(Node node, Boolean drain, int owns) {
    if (node.isFenced()) {
      return State.GONE;
    }
    if (drain == null) {
      return State.SILENT;
    }
    if (!drain) {
      return State.IN;
    }
    return owns == 0 ? State.DRAINED : State.LEAVING;
  }

  /** Each node tells its own configs; all are asked at once. */
  private static Map<Integer, Boolean> drains(Admin admin, Collection<Node> nodes) {
    List<ConfigResource> present =
        nodes.stream().filter(node -> !node.isFenced()).map(ClusterView::resource).toList();
    Map<ConfigResource, KafkaFuture<Config>> answers =
        admin
            .describeConfigs(present, new DescribeConfigsOptions().timeoutMs(NODE_PATIENCE_MS))
            .values();
    Map<Integer, Boolean> drains = new HashMap<>();
    answers.forEach(
        (resource, answer) -> {
          try {
            ConfigEntry drain = answer.get().get(DRAIN);
            drains.put(
                Integer.valueOf(resource.name()), drain != null && "true".equals(drain.value()));
          } catch (ExecutionException e) {
            Throwable why = Failures.unwrap(e);
            if (!(why instanceof TimeoutException) && !(why instanceof DisconnectException)) {
              throw Cluster.refusal("node " + resource.name(), why);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failure("interrupted", e);
          }
        });
    return drains;
  }

  private static ConfigResource resource(Node node) {
    return new ConfigResource(ConfigResource.Type.BROKER, node.idString());
  }

  /** A topic that is deleted meanwhile is left out. */
  private static List<TopicDescription> topics(Admin admin) {
    Set<String> names =
        Cluster.await(
            "topics", admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
    List<TopicDescription> topics = new ArrayList<>();
    admin
        .describeTopics(names)
        .topicNameValues()
        .forEach(
            (name, answer) -> {
              try {
                topics.add(answer.get());
              } catch (ExecutionException e) {
                if (!(Failures.unwrap(e) instanceof UnknownTopicOrPartitionException)) {
                  throw Cluster.refusal("topic " + name, Failures.unwrap(e));
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CliException.failure("interrupted", e);
              }
            });
    topics.sort(Comparator.comparing(TopicDescription::name));
    return topics;
  }

  /** The node with this id, or a sentence with those that there are. */
  Member require(int nodeId) {
    return nodes.stream()
        .filter(member -> member.id() == nodeId)
        .findFirst()
        .orElseThrow(
            () ->
                CliException.failure(
                    "there is no node "
                        + nodeId
                        + " in this cluster; its nodes are "
                        + nodes.stream()
                            .map(member -> Integer.toString(member.id()))
                            .collect(Collectors.joining(", "))));
  }

  void print(PrintStream out) {
    out.println("cluster " + id + "  controller " + (controller < 0 ? "none" : controller));
    Table table = new Table("NODE", "ADDRESS", "RACK", "STATE", "OWNS");
    for (Member member : nodes) {
      table.row(
          member.id(),
          member.node().host() + ":" + member.node().port(),
          member.node().rack(),
          member.state().word(),
          member.owns());
    }
    table.print(out, "");
    out.println(
        "partitions "
            + partitions
            + "  without owner "
            + some(ownerless)
            + "  under-replicated "
            + some(underReplicated));
  }

  private static String some(List<String> names) {
    if (names.isEmpty()) {
      return "0";
    }
    String first = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
    return names.size() + " (" + first + (names.size() > SHOWN ? ", …)" : ")");
  }

  String json() {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("cluster_id", id);
      json.writeNumberField("controller", controller);
      json.writeArrayFieldStart("nodes");
      for (Member member : nodes) {
        json.writeStartObject();
        json.writeNumberField("id", member.id());
        json.writeStringField("host", member.node().host());
        json.writeNumberField("port", member.node().port());
        json.writeStringField("rack", member.node().rack());
        json.writeStringField("state", member.state().word());
        json.writeNumberField("owns", member.owns());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeNumberField("partitions", partitions);
      names(json, "without_owner", ownerless);
      names(json, "under_replicated", underReplicated);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }

  private static void names(JsonGenerator json, String field, List<String> names)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String name : names) {
      json.writeString(name);
    }
    json.writeEndArray();
  }
}
