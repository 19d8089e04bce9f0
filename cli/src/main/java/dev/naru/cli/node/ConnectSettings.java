package dev.naru.cli.node;

import dev.naru.cli.HostPort;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a node knows of its connectors before there are any.
 *
 * @param data the node's data directory
 * @param http where its REST API listens
 * @param lasting whether it will listen there in the node's next life, too
 * @param advertisedHost the host by which other nodes reach it
 * @param worker options for Connect's worker, in Connect's names
 */
public record ConnectSettings(
    Path data, HostPort http, boolean lasting, String advertisedHost, Map<String, String> worker) {
  private static final String FOLDER = "plugins";

  /** The folder of a node's plug-ins, a folder each. */
  public static Path plugins(Path data) {
    return data.resolve(FOLDER);
  }

  /** Where other nodes reach the REST API. */
  HostPort advertised() {
    return new HostPort(advertisedHost, http.port());
  }
}
