package dev.naru.proving.bench.load;

import dev.naru.proving.wire.WireClient;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** Connections that do nothing after their first request. */
public final class IdleConnections implements Closeable {
  private static final int PATIENCE_MS = 30_000;

  private final int port;
  private final List<WireClient> clients = new ArrayList<>();

  public IdleConnections(int port) {
    this.port = port;
  }

  /** Opens so many, and asks each for the node's API versions as every client does first. */
  public void open(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      WireClient client = new WireClient(port, PATIENCE_MS);
      clients.add(client);
      ask(client);
    }
  }

  /** Every connection still answers. */
  public void check() throws IOException {
    for (WireClient client : clients) {
      ask(client);
    }
  }

  private static void ask(WireClient client) throws IOException {
    short version = ApiKeys.API_VERSIONS.latestVersion();
    ApiVersionsRequest request = new ApiVersionsRequest.Builder().build(version);
    ApiVersionsResponse response = client.call(request, ApiVersionsResponse.class);
    if (response.data().errorCode() != 0) {
      throw new NodeError("an idle connection got error " + response.data().errorCode());
    }
  }

  @Override
  public void close() throws IOException {
    for (WireClient client : clients) {
      client.close();
    }
  }
}
