package dev.naru.log.bookkeeper.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.bookkeeper.client.BKException.BKNotEnoughBookiesException;
import org.apache.bookkeeper.client.DefaultBookieAddressResolver;
import org.apache.bookkeeper.client.RackawareEnsemblePlacementPolicy;
import org.apache.bookkeeper.discover.BookieServiceInfo;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.net.BookieNode;
import org.apache.bookkeeper.net.NetworkTopology;
import org.apache.bookkeeper.versioning.Versioned;

/**
 * Which bookies get the copies of an entry: ones in as many racks as there are, and among those
 * any. Racks that are too few never keep anybody from writing. A bookie that is replaced is
 * replaced as BookKeeper does: by one of its rack, or else of a rack that has no copy yet, or else
 * by any.
 *
 * <p>A bookie says in its registration which rack it is in; who says nothing is in a rack with the
 * others who do not. BookKeeper makes one of it for each client, by name.
 */
public final class BookKeeperRacks extends RackawareEnsemblePlacementPolicy {
  /** Of a bookie's settings, and of what it says in its registration. */
  static final String RACK = "naru.rack";

  @Override
  protected String resolveNetworkLocation(BookieId bookie) {
    String rack = rack(bookie);
    // A location is a path, and all bookies stand at the same depth.
    return rack.isEmpty()
        ? NetworkTopology.DEFAULT_RACK
        : "/" + rack.replace("%", "%25").replace("/", "%2F");
  }

  /** As the client has it in memory: this may be called where ZooKeeper's events come. */
  private String rack(BookieId bookie) {
    if (!(bookieAddressResolver instanceof DefaultBookieAddressResolver resolver)) {
      return "";
    }
    CompletableFuture<Versioned<BookieServiceInfo>> known =
        resolver.getRegistrationClient().getBookieServiceInfo(bookie);
    return known.isDone() && !known.isCompletedExceptionally()
        ? known.join().getValue().getProperties().getOrDefault(RACK, "")
        : "";
  }

  @Override
  public PlacementResult<List<BookieId>> newEnsemble(
      int ensembleSize,
      int writeQuorumSize,
      int ackQuorumSize,
      Map<String, byte[]> customMetadata,
      Set<BookieId> excluded)
      throws BKNotEnoughBookiesException {
    List<BookieNode> candidates;
    rwLock.readLock().lock();
    try {
      candidates = new ArrayList<>(knownBookies.values());
    } finally {
      rwLock.readLock().unlock();
    }
    candidates.removeIf(each -> excluded.contains(each.getAddr()));
    if (candidates.size() < ensembleSize) {
      throw new BKNotEnoughBookiesException();
    }
    List<BookieNode> chosen = spread(candidates, ensembleSize);
    Set<String> racks = new HashSet<>();
    chosen.forEach(each -> racks.add(each.getNetworkLocation()));
    return PlacementResult.of(
        chosen.stream().map(BookieNode::getAddr).toList(),
        racks.size() == chosen.size()
            ? PlacementPolicyAdherence.MEETS_STRICT
            : racks.size() > 1
                ? PlacementPolicyAdherence.MEETS_SOFT
                : PlacementPolicyAdherence.FAIL);
  }

  /** One of each rack, then another one of each, until there are enough. */
  private static List<BookieNode> spread(List<BookieNode> candidates, int count) {
    Collections.shuffle(candidates);
    Map<String, Integer> seen = new HashMap<>();
    Map<BookieNode, Integer> rounds = new HashMap<>();
    for (BookieNode each : candidates) {
      rounds.put(each, seen.merge(each.getNetworkLocation(), 1, Integer::sum));
    }
    List<BookieNode> inRounds = new ArrayList<>(candidates);
    inRounds.sort((one, other) -> Integer.compare(rounds.get(one), rounds.get(other)));
    return inRounds.subList(0, count);
  }
}
