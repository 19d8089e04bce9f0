package dev.naru.proving.node;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where and how the process of a {@link ClusterNode} runs, apart from what its cluster tells it.
 *
 * @param host the address it listens on and is known by
 * @param prefix what runs the process, such as {@code ip netns exec NAME}; it must become the
 *     process and not start another one
 * @param classPath classes that go before the product's own
 * @param jvmOptions after those of every node, so that they win
 * @param environment variables, added to those of this process
 * @param settings broker settings by Kafka's names, added to those of the cluster
 */
public record NodeSite(
    String host,
    List<String> prefix,
    List<Path> classPath,
    List<String> jvmOptions,
    Map<String, String> environment,
    Map<String, String> settings) {

  /** On loopback, as the build left the product. */
  public static final NodeSite LOOPBACK =
      new NodeSite("127.0.0.1", List.of(), List.of(), List.of(), Map.of(), Map.of());

  /** In a network namespace of this name, at this address. */
  public NodeSite inNamespace(String name, String address) {
    List<String> command = List.of("ip", "netns", "exec", name);
    return new NodeSite(address, command, classPath, jvmOptions, environment, settings);
  }

  /** With the classes in this directory or jar instead of the product's. */
  public NodeSite withClasses(Path classes) {
    return new NodeSite(host, prefix, List.of(classes), jvmOptions, environment, settings);
  }

  public NodeSite withJvmOptions(String... options) {
    return new NodeSite(host, prefix, classPath, List.of(options), environment, settings);
  }

  public NodeSite withEnvironment(Map<String, String> variables) {
    return new NodeSite(host, prefix, classPath, jvmOptions, Map.copyOf(variables), settings);
  }

  /** With one more setting. */
  public NodeSite with(String name, String value) {
    Map<String, String> more = new HashMap<>(settings);
    more.put(name, value);
    return new NodeSite(host, prefix, classPath, jvmOptions, environment, Map.copyOf(more));
  }
}
