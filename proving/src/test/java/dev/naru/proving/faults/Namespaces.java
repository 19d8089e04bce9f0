package dev.naru.proving.faults;

import dev.naru.proving.node.NodeSite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A network namespace for each node, all on one bridge with the clients, which stay outside. What a
 * namespace sends can be lost on its way: to an address, or only to or from a port of it. Nobody is
 * told, as on a wire that is cut. Linux, and root's only.
 */
final class Namespaces implements BeforeAllCallback, AfterAllCallback {
  private static final int CLIENTS = 254;

  /** The routing table that leads nowhere, and who is asked before the table of local addresses. */
  private static final String HOLE_TABLE = "66";

  private static final String HOLE_FIRST = "1";
  private static final String LOCAL_SECOND = "5";

  private final int count;
  private final long pid = ProcessHandle.current().pid();
  private final String net = "10.77." + pid % 250 + ".";
  private final String bridge = "nb" + pid;

  /** The rules that are in force, by the namespace that they are in. */
  private final Map<Integer, Deque<List<String>>> rules = new HashMap<>();

  Namespaces(int count) {
    this.count = count;
  }

  private String name(int id) {
    return "naru" + pid + "-" + id;
  }

  String address(int id) {
    return net + id;
  }

  NodeSite site(int id) {
    return NodeSite.LOOPBACK
        .inNamespace(name(id), address(id))
        .with("allow.unauthenticated.listeners", "true");
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root")
            && Files.isExecutable(Path.of("/usr/sbin/ip")),
        "only root can make network namespaces, with iproute2");
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", net + CLIENTS + "/24", "dev", bridge);
    ip("link", "set", bridge, "up");
    for (int id = 1; id <= count; id++) {
      make(id);
    }
  }

  private void make(int id) {
    String outside = "nv" + pid + "-" + id;
    ip("netns", "add", name(id));
    ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name(id));
    ip("link", "set", outside, "master", bridge, "up");
    in(id, "link", "set", "lo", "up");
    in(id, "addr", "add", address(id) + "/24", "dev", "eth0");
    in(id, "link", "set", "eth0", "up");
    // Nobody takes out what is put in here, and nothing has to be found out for that.
    in(id, "link", "add", "hole", "type", "veth", "peer", "name", "bottom");
    in(id, "link", "set", "hole", "arp", "off", "up");
    in(id, "link", "set", "bottom", "up");
    in(id, "route", "add", "default", "dev", "hole", "table", HOLE_TABLE);
    in(id, "rule", "add", "pref", LOCAL_SECOND, "lookup", "local");
    in(id, "rule", "del", "pref", "0");
    rules.put(id, new ArrayDeque<>());
  }

  /** What the clients are at. */
  String clients() {
    return net + CLIENTS;
  }

  /** From now on, everything that a node sends to this address is lost. */
  void lose(int from, String to) {
    rule(from, List.of("to", to));
  }

  /** From now on, everything that a node sends to this port of this address, or answers from it. */
  void lose(int from, String to, int port) {
    rule(from, List.of("to", to, "ipproto", "tcp", "dport", port + ""));
  }

  /** From now on, everything that a node sends from its own port is lost, wherever it goes. */
  void loseFrom(int from, int port) {
    rule(from, List.of("ipproto", "tcp", "sport", port + ""));
  }

  private void rule(int id, List<String> selector) {
    rules.get(id).push(selector);
    rule(id, "add", selector);
  }

  private void rule(int id, String what, List<String> selector) {
    Deque<String> command = new ArrayDeque<>(List.of("rule", what, "pref", HOLE_FIRST));
    command.addAll(selector);
    command.addAll(List.of("lookup", HOLE_TABLE));
    in(id, command.toArray(String[]::new));
  }

  /** Everything arrives again. */
  void heal() {
    rules.forEach(
        (id, selectors) -> {
          while (!selectors.isEmpty()) {
            rule(id, "del", selectors.pop());
          }
        });
  }

  private void in(int id, String... arguments) {
    Deque<String> command = new ArrayDeque<>(List.of("-n", name(id)));
    command.addAll(List.of(arguments));
    ip(command.toArray(String[]::new));
  }

  private static void ip(String... arguments) {
    Deque<String> command = new ArrayDeque<>(List.of(arguments));
    command.push("ip");
    try {
      Process process = new ProcessBuilder(List.copyOf(command)).redirectErrorStream(true).start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    rules.keySet().forEach(id -> ip("netns", "del", name(id)));
    if (!rules.isEmpty()) {
      ip("link", "del", bridge);
    }
  }
}
