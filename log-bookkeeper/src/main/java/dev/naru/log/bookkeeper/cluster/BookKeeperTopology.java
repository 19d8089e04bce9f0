package dev.naru.log.bookkeeper.cluster;

import java.util.Collections;
import java.util.List;
import org.apache.bookkeeper.net.DNSToSwitchMapping;
import org.apache.bookkeeper.net.NetworkTopology;

/**
 * Says of any address the same rack, without asking the DNS: racks are known by the bookies' ids
 * ({@link BookKeeperRacks}). BookKeeper makes one of it, by name.
 */
public final class BookKeeperTopology implements DNSToSwitchMapping {
  @Override
  public List<String> resolve(List<String> names) {
    return Collections.nCopies(names.size(), NetworkTopology.DEFAULT_RACK);
  }

  @Override
  public void reloadCachedMappings() {
    // It never changes.
  }

  @Override
  public boolean useHostName() {
    return false;
  }
}
