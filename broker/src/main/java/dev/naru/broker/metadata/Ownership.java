package dev.naru.broker.metadata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.TopicImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.LeaderConstants;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Which node owns which partition. The records of a partition are where every node reaches them, so
 * owning one costs nothing but the decision: partitions go to the nodes that own fewest, of the
 * same topic first, and move when a node is gone or when another one has more than its share.
 *
 * <p>The other replicas that the metadata names are the nodes that clients are told of besides the
 * owner; in sync are those of them that are alive. Pure; one object sees one image.
 */
final class Ownership {
  private static final short RECORD_VERSION = 2;

  private record Place(Uuid topicId, int partition, PartitionRegistration registration) {}

  /** A node that partitions can go to, with what it owns. */
  private static final class Owner {
    final int id;
    final String rack;
    final Map<Uuid, List<Place>> byTopic = new HashMap<>();
    int total;

    Owner(int id, String rack) {
      this.id = id;
      this.rack = rack;
    }

    int ofTopic(Uuid topicId) {
      return byTopic.getOrDefault(topicId, List.of()).size();
    }

    void add(Place place) {
      byTopic.computeIfAbsent(place.topicId, none -> new ArrayList<>()).add(place);
      total++;
    }
  }

  private final Map<Integer, Owner> owners = new TreeMap<>();

  /** Nodes that are there and stay empty: they count as replicas, and own nothing. */
  private final Map<Integer, Owner> drained = new TreeMap<>();

  private final Set<Integer> registered;
  private final List<Place> homeless = new ArrayList<>();

  /**
   * @param alone the node that owns everything while none is registered
   */
  Ownership(MetadataImage image, int alone) {
    for (BrokerRegistration broker : image.cluster().brokers().values()) {
      if (!broker.fenced() && !broker.inControlledShutdown()) {
        Map<Integer, Owner> ofItsKind =
            NodeCommands.isDrained(image, broker.id()) ? drained : owners;
        ofItsKind.put(broker.id(), new Owner(broker.id(), broker.rack().orElse(null)));
      }
    }
    registered = image.cluster().brokers().keySet();
    if (registered.isEmpty()) {
      owners.put(alone, new Owner(alone, null));
    }
    if (owners.isEmpty()) {
      // Better that they serve than that nobody does.
      owners.putAll(drained);
      drained.clear();
    }
    for (TopicImage topic : image.topics().topicsById().values()) {
      topic
          .partitions()
          .forEach((index, partition) -> see(new Place(topic.id(), index, partition)));
    }
  }

  private void see(Place place) {
    Owner owner = owners.get(place.registration.leader);
    if (owner == null) {
      homeless.add(place);
    } else {
      owner.add(place);
    }
  }

  /** How many nodes a partition can name. */
  int size() {
    return owners.size() + drained.size();
  }

  /**
   * Nodes for a new partition, its owner first; fewer than asked for when there are not as many.
   */
  List<Integer> place(Uuid topicId, int partition, int replicas) {
    List<Owner> chosen = new ArrayList<>();
    for (int i = 0; i < Math.min(replicas, size()); i++) {
      Map<Integer, Owner> from = i < owners.size() ? owners : drained;
      from.values().stream()
          .filter(owner -> !chosen.contains(owner))
          .min(
              Comparator.comparing((Owner owner) -> sharesRack(owner, chosen))
                  .thenComparing(emptiest(topicId)))
          .ifPresent(chosen::add);
    }
    if (!chosen.isEmpty()) {
      chosen.get(0).add(new Place(topicId, partition, null));
    }
    return chosen.stream().map(owner -> owner.id).toList();
  }

  private static boolean sharesRack(Owner owner, Collection<Owner> others) {
    return owner.rack != null && others.stream().anyMatch(other -> owner.rack.equals(other.rack));
  }

  private static Comparator<Owner> emptiest(Uuid topicId) {
    return Comparator.comparingInt((Owner owner) -> owner.ofTopic(topicId))
        .thenComparingInt(owner -> owner.total)
        .thenComparingInt(owner -> owner.id);
  }

  /**
   * What has to change so that every partition has an owner that is there, and none of them has
   * more than its share; and that the replicas in sync are those that are there.
   *
   * @param most records; whoever gets as many asks again
   */
  List<ApiMessageAndVersion> changes(int most) {
    Map<Place, Integer> moves = new HashMap<>();
    shelter(moves, most);
    even(moves, most);
    List<ApiMessageAndVersion> records = new ArrayList<>();
    moves.forEach((place, leader) -> addTo(records, place, leader));
    for (Owner owner : owners.values()) {
      for (List<Place> places : owner.byTopic.values()) {
        for (Place place : places) {
          if (records.size() < most && !moves.containsKey(place)) {
            addTo(records, place, owner.id);
          }
        }
      }
    }
    return records;
  }

  private void shelter(Map<Place, Integer> moves, int most) {
    for (Place place : homeless) {
      if (moves.size() >= most) {
        return;
      }
      Owner next =
          owners.values().stream()
              .min(
                  Comparator.comparing((Owner owner) -> !isReplica(place, owner.id))
                      .thenComparing(emptiest(place.topicId)))
              .orElse(null);
      if (next != null) {
        next.add(place);
        moves.put(place, next.id);
      } else if (place.registration.leader != LeaderConstants.NO_LEADER) {
        moves.put(place, LeaderConstants.NO_LEADER);
      }
    }
  }

  private static boolean isReplica(Place place, int id) {
    return Arrays.stream(place.registration.replicas).anyMatch(replica -> replica == id);
  }

  /** Replicas take over first, so that those may be many at one node; this evens it out. */
  private void even(Map<Place, Integer> moves, int most) {
    if (owners.size() < 2) {
      return;
    }
    Comparator<Owner> byTotal = Comparator.comparingInt(owner -> owner.total);
    while (moves.size() < most) {
      Owner fullest = owners.values().stream().max(byTotal).orElseThrow();
      Owner emptiest = owners.values().stream().min(byTotal).orElseThrow();
      if (fullest.total - emptiest.total < 2) {
        return;
      }
      List<Place> from =
          fullest.byTopic.entrySet().stream()
              .filter(topic -> !topic.getValue().isEmpty())
              .max(
                  Comparator.comparingInt(
                      topic -> topic.getValue().size() - emptiest.ofTopic(topic.getKey())))
              .orElseThrow()
              .getValue();
      Place place = from.remove(leastWanted(from, fullest.id));
      fullest.total--;
      emptiest.add(place);
      moves.put(place, emptiest.id);
    }
  }

  /** Those that name a node first, as an administrator said, leave it last. */
  private static int leastWanted(List<Place> places, int owner) {
    for (int i = places.size() - 1; i >= 0; i--) {
      if (places.get(i).registration.replicas[0] != owner) {
        return i;
      }
    }
    return places.size() - 1;
  }

  private void addTo(List<ApiMessageAndVersion> records, Place place, int leader) {
    PartitionRegistration now = place.registration;
    List<Integer> replicas = replicas(place, leader);
    List<Integer> inSync = new ArrayList<>();
    for (int replica : replicas) {
      if (owners.containsKey(replica) || drained.containsKey(replica)) {
        inSync.add(replica);
      }
    }
    if (inSync.isEmpty()) {
      // Kafka's rule: the last one in sync stays one.
      inSync.addAll(Arrays.stream(now.isr).boxed().filter(replicas::contains).toList());
    }
    boolean moved = leader != now.leader;
    boolean newReplicas = !replicas.equals(Arrays.stream(now.replicas).boxed().toList());
    boolean newInSync = !inSync.equals(Arrays.stream(now.isr).boxed().toList());
    if (!moved && !newReplicas && !newInSync) {
      return;
    }
    PartitionChangeRecord record =
        new PartitionChangeRecord().setTopicId(place.topicId).setPartitionId(place.partition);
    if (moved) {
      record.setLeader(leader);
    }
    if (newReplicas) {
      record.setReplicas(replicas);
    }
    if (newInSync) {
      record.setIsr(inSync);
    }
    records.add(new ApiMessageAndVersion(record, RECORD_VERSION));
  }

  /**
   * As before; an owner that was not among them takes the place of the one before, and others take
   * those of nodes that are no nodes of this cluster any more, as soon as there are others.
   */
  private List<Integer> replicas(Place place, int leader) {
    PartitionRegistration now = place.registration;
    List<Integer> replicas = new ArrayList<>(Arrays.stream(now.replicas).boxed().toList());
    if (leader == LeaderConstants.NO_LEADER) {
      return replicas;
    }
    if (!replicas.contains(leader)) {
      replicas.set(Math.max(0, replicas.indexOf(now.leader)), leader);
    }
    if (!registered.isEmpty() && !registered.containsAll(replicas)) {
      replaceForgotten(replicas, place.topicId);
    }
    return replicas;
  }

  private void replaceForgotten(List<Integer> replicas, Uuid topicId) {
    for (int i = 0; i < replicas.size(); i++) {
      if (!registered.contains(replicas.get(i))) {
        int at = i;
        owners.values().stream()
            .filter(owner -> !replicas.contains(owner.id))
            .min(emptiest(topicId))
            .ifPresent(owner -> replicas.set(at, owner.id));
      }
    }
  }
}
