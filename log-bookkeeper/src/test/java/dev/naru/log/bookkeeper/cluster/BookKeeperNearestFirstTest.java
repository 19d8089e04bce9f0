package dev.naru.log.bookkeeper.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.util.HashedWheelTimer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.bookkeeper.client.BookiesHealthInfo;
import org.apache.bookkeeper.client.DistributionSchedule.WriteSet;
import org.apache.bookkeeper.client.RoundRobinDistributionSchedule;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.feature.SettableFeatureProvider;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.net.BookieSocketAddress;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Of three bookies, this node's own is the second; the third is in its rack, when there are any.
 */
class BookKeeperNearestFirstTest {
  private static final List<BookieId> BOOKIES =
      List.of(
          BookieId.parse("127.0.0.1:3181"),
          BookieId.parse("127.0.0.2:3181"),
          BookieId.parse("127.0.0.3:3181"));

  private final HashedWheelTimer timer = new HashedWheelTimer();
  private final Set<BookieId> failing = new HashSet<>();

  @AfterEach
  void stop() {
    timer.stop();
  }

  private final class Health implements BookiesHealthInfo {
    @Override
    public long getBookieFailureHistory(BookieId bookie) {
      return failing.contains(bookie) ? 17 : -1;
    }

    @Override
    public long getBookiePendingRequests(BookieId bookie) {
      return 0;
    }
  }

  /** In which order bookies are asked for an entry. */
  private List<Integer> order(Map<BookieId, String> racks, Set<BookieId> there, long entry) {
    ClientConfiguration configuration = new ClientConfiguration();
    configuration.setProperty(BookKeeperNearestFirst.OWN_BOOKIE, BOOKIES.get(1).toString());
    BookKeeperNearestFirst policy =
        new BookKeeperNearestFirst() {
          @Override
          protected String resolveNetworkLocation(BookieId bookie) {
            return racks.getOrDefault(bookie, "/one");
          }
        };
    policy.initialize(
        configuration,
        Optional.empty(),
        timer,
        new SettableFeatureProvider("", 0),
        NullStatsLogger.INSTANCE,
        BookieSocketAddress.LEGACY_BOOKIEID_RESOLVER);
    policy.onClusterChanged(there, Set.of());
    WriteSet asked = new RoundRobinDistributionSchedule(3, 2, 3).getWriteSet(entry);
    WriteSet ordered = policy.reorderReadSequence(BOOKIES, new Health(), asked);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < ordered.size(); i++) {
      order.add(ordered.get(i));
    }
    return order;
  }

  @Test
  void theOwnBookieIsAskedFirstAndTheOthersInTurn() {
    Set<BookieId> all = Set.copyOf(BOOKIES);
    assertEquals(List.of(1, 0, 2), order(Map.of(), all, 0));
    assertEquals(List.of(1, 2, 0), order(Map.of(), all, 1));
    assertEquals(List.of(1, 2, 0), order(Map.of(), all, 2));
  }

  @Test
  void thenThoseOfItsRack() {
    Map<BookieId, String> racks =
        Map.of(BOOKIES.get(0), "/a", BOOKIES.get(1), "/b", BOOKIES.get(2), "/b");
    for (long entry = 0; entry < 3; entry++) {
      assertEquals(List.of(1, 2, 0), order(racks, Set.copyOf(BOOKIES), entry));
    }
  }

  @Test
  void notWhoFailedLatelyOrIsAway() {
    failing.add(BOOKIES.get(1));
    assertEquals(List.of(0, 2, 1).get(0), order(Map.of(), Set.copyOf(BOOKIES), 0).get(0));
    failing.clear();
    assertEquals(
        1, order(Map.of(), Set.of(BOOKIES.get(0), BOOKIES.get(2)), 1).get(2), "away: the last");
  }
}
