package dev.naru.proving.sim;

import dev.naru.broker.Timers;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.NodeLinks;
import dev.naru.broker.cluster.UnsentException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;

/** Node links over the simulated network: one connection for each API and destination. */
final class SimLinks implements NodeLinks {
  private record Destination(NodeAddress address, ApiKeys api) {}

  private final Net net;
  private final Proc proc;
  private final Map<Destination, Net.Connection> connections = new HashMap<>();
  private Consumer<NodeAddress> broken = address -> {};

  SimLinks(Net net, Proc proc) {
    this.net = net;
    this.proc = proc;
  }

  /** Tells of connections that broke or were refused, as the product's links do. */
  void onBroken(Consumer<NodeAddress> listener) {
    broken = listener;
  }

  @Override
  public CompletionStage<AbstractResponse> send(
      NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs) {
    Destination destination = new Destination(to, request.apiKey());
    Net.Connection known = connections.get(destination);
    Net.Connection connection = known;
    if (known == null || known.isEnded()) {
      connection = net.connect(proc, new Net.Port(to.nodeId(), true));
      connection.onBroken(() -> broken.accept(to));
      connections.put(destination, connection);
    }
    Net.Connection used = connection;
    CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();
    Timers.Handle timer =
        proc.schedule(
            timeoutMs,
            () -> {
              if (answer.completeExceptionally(
                  new TimeoutException(request.apiKey() + " to " + to + ": no answer"))) {
                used.end("a request before it was not answered in time");
              }
            });
    connection
        .send(request.build(request.latestAllowedVersion()))
        .whenComplete(
            (response, failure) -> {
              timer.cancel();
              if (failure instanceof Net.Unsent) {
                answer.completeExceptionally(new UnsentException(failure.getMessage()));
              } else if (failure != null) {
                answer.completeExceptionally(failure);
              } else {
                answer.complete(response);
              }
            });
    return answer;
  }

  @Override
  public void close() {
    connections.values().forEach(each -> each.end("the links are closed"));
  }
}
