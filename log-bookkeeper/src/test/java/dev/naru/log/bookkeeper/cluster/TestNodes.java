package dev.naru.log.bookkeeper.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Small nodes on loopback. */
final class TestNodes {
  static final byte[] SECRET = "a secret of a cluster in a test".getBytes(StandardCharsets.UTF_8);
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;

  private TestNodes() {}

  /** Addresses whose ports, and those that belong to them, are free now. */
  static List<HostPort> freeAddresses(int count) throws IOException {
    List<HostPort> free = new ArrayList<>();
    while (free.size() < count) {
      HostPort candidate =
          new HostPort("127.0.0.1", ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST));
      boolean apart =
          free.stream()
              .allMatch(each -> Math.abs(each.port() - candidate.port()) >= NodePorts.COUNT);
      if (apart && isFree(candidate)) {
        free.add(candidate);
      }
    }
    return free;
  }

  private static boolean isFree(HostPort address) {
    for (int i = 0; i < NodePorts.COUNT; i++) {
      try (ServerSocket socket =
          new ServerSocket(address.port() + i, 1, InetAddress.getLoopbackAddress())) {
        socket.getLocalPort();
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  static ClusterSettings.Builder settings(
      int nodeId, HostPort address, List<HostPort> join, Path directory) {
    return ClusterSettings.builder("test", nodeId)
        .address(address.host(), address.port())
        .join(join)
        .directory(directory)
        .secret(SECRET)
        .cacheBytes(8 << 20)
        .unacknowledgedBytes(8 << 20)
        .bookieCacheBytes(16 << 20)
        .patience(Duration.ofSeconds(60))
        .clock(System::currentTimeMillis);
  }
}
