package dev.naru.cli.cluster;

import dev.naru.cli.CliException;
import dev.naru.cli.HostPort;
import dev.naru.log.bookkeeper.cluster.ClusterData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code naru start} was told of a cluster.
 *
 * @param name {@code --cluster}
 * @param join {@code --join}
 * @param secretFile {@code --secret-file}
 */
public record ClusterOptions(String name, List<HostPort> join, Path secretFile) {
  private static final int FIRST_NODES = 3;

  public static final Path DEFAULT_SECRET = Path.of("naru-cluster.secret");

  /**
   * Reads the options.
   *
   * @return null when none of them was given
   */
  public static ClusterOptions of(String name, Integer nodeId, String join, Path secretFile) {
    if (name == null) {
      String given = join != null ? "--join" : secretFile != null ? "--secret-file" : null;
      if (given != null) {
        throw CliException.mistake(given + " is for a node of a cluster; say --cluster NAME, too");
      }
      return null;
    }
    if (nodeId == null) {
      throw CliException.mistake(
          "--cluster wants --node-id N, too: a number that no other node of the cluster has");
    }
    if (join == null) {
      throw CliException.mistake(
          "--cluster wants --join HOST:PORT[,…], too: the Kafka addresses of the cluster's first"
              + " node, or first three, the same on every node");
    }
    return new ClusterOptions(
        name, addresses(join), secretFile == null ? DEFAULT_SECRET : secretFile);
  }

  private static List<HostPort> addresses(String join) {
    List<HostPort> addresses = new ArrayList<>();
    for (String each : join.split(",", -1)) {
      addresses.add(HostPort.parse("--join", each.strip()));
    }
    if (addresses.size() != 1 && addresses.size() != FIRST_NODES) {
      throw CliException.mistake(
          "--join wants one address or three, for a cluster begins with as many nodes; "
              + join
              + " has "
              + addresses.size());
    }
    return List.copyOf(addresses);
  }

  /** A node that is no member of a cluster has no business in the directory of one that is. */
  public static void requireLone(Path data) {
    if (ClusterData.isIn(data)) {
      throw CliException.mistake(
          "The data directory "
              + data
              + " belongs to a node of a cluster; start it with the --cluster, --node-id and --join"
              + " that it had, or name another directory");
    }
  }
}
