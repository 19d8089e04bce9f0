package dev.naru.log.bookkeeper.cluster;

import io.netty.util.HashedWheelTimer;
import java.util.List;
import java.util.Optional;
import org.apache.bookkeeper.client.BookiesHealthInfo;
import org.apache.bookkeeper.client.DistributionSchedule;
import org.apache.bookkeeper.client.RackawareEnsemblePlacementPolicyImpl;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.feature.FeatureProvider;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.net.BookieNode;
import org.apache.bookkeeper.net.DNSToSwitchMapping;
import org.apache.bookkeeper.proto.BookieAddressResolver;
import org.apache.bookkeeper.stats.StatsLogger;

/**
 * Reads an entry from this node's own bookie if that has it, else from one of this node's rack,
 * before it asks any other. Writes as {@link BookKeeperRacks} does. BookKeeper makes one of it, by
 * name.
 */
public class BookKeeperNearestFirst extends BookKeeperRacks {
  /** Name of the property that says which bookie is this node's own. */
  static final String OWN_BOOKIE = "naruOwnBookie";

  private BookieId own;

  @Override
  public RackawareEnsemblePlacementPolicyImpl initialize(
      ClientConfiguration configuration,
      Optional<DNSToSwitchMapping> topologyOrNone,
      HashedWheelTimer timer,
      FeatureProvider features,
      StatsLogger stats,
      BookieAddressResolver addresses) {
    own = BookieId.parse(configuration.getString(OWN_BOOKIE));
    return super.initialize(configuration, topologyOrNone, timer, features, stats, addresses);
  }

  @Override
  public DistributionSchedule.WriteSet reorderReadSequence(
      List<BookieId> ensemble, BookiesHealthInfo health, DistributionSchedule.WriteSet writeSet) {
    DistributionSchedule.WriteSet order = super.reorderReadSequence(ensemble, health, writeSet);
    BookieNode self = knownBookies.get(own);
    int near = 0;
    for (int distance = 0; distance < 2; distance++) {
      for (int i = near; i < order.size(); i++) {
        if (distance(ensemble.get(order.get(i)), self, health) == distance) {
          order.moveAndShift(i, near++);
        }
      }
    }
    return order;
  }

  /**
   * 0 for this node's own, 1 for one of its rack, more for the others and for what failed lately.
   */
  private int distance(BookieId bookie, BookieNode self, BookiesHealthInfo health) {
    BookieNode known = knownBookies.get(bookie);
    if (known == null || self == null || health.getBookieFailureHistory(bookie) >= 0) {
      return 2;
    }
    if (bookie.equals(own)) {
      return 0;
    }
    return known.getNetworkLocation().equals(self.getNetworkLocation()) ? 1 : 2;
  }
}
