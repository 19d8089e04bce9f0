package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.config.Listener;
import dev.naru.broker.net.ConnectionLimits;
import dev.naru.broker.net.FrontConfig;
import dev.naru.broker.net.NettyFront;
import dev.naru.broker.sasl.SaslHandlers;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A node as far as its links go: it listens to others and serves the handlers that it was given.
 */
public final class NodeFront implements AutoCloseable {
  public static final String SECRET = "a \"secret\" that \\ nobody guesses, ü";
  static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

  private static final int PATIENCE_S = 20;
  private static final int MAX = Integer.MAX_VALUE;

  private final NettyFront front =
      new NettyFront(
          new FrontConfig(
              1 << 20,
              16 << 20,
              new ConnectionLimits(MAX, MAX, Map.of(), MAX),
              -1,
              -1,
              100,
              600_000,
              1));

  public final NodeAddress address;

  public NodeFront(int nodeId, List<? extends ApiHandler> served) {
    this(nodeId, 0, SECRET, served);
  }

  NodeFront(int nodeId, int port, String secret, List<? extends ApiHandler> served) {
    List<ApiHandler> handlers = new ArrayList<>(served);
    handlers.addAll(SaslHandlers.all());
    ApiTable[] table = new ApiTable[1];
    ApiVersionsHandler versions = new ApiVersionsHandler(() -> table[0], (short) 25);
    handlers.add(versions);
    table[0] = new ApiTable(handlers);
    Listener listener =
        new Listener("NODES", SecurityProtocol.SASL_PLAINTEXT, HOST, port, HOST, port);
    int taken = front.listenToNodes(listener, new NodeSecret(secret), table[0], versions).getPort();
    address = new NodeAddress(nodeId, HOST, taken);
  }

  Timers timers() {
    return front;
  }

  static ApiHandler serving(ApiKeys api, Consumer<Request> way) {
    return new ApiHandler() {
      @Override
      public ApiKeys api() {
        return api;
      }

      @Override
      public void handle(Request request) {
        way.accept(request);
      }
    };
  }

  /** Waits for the answer. */
  static <T> T await(CompletionStage<?> stage, Class<T> type) {
    try {
      return type.cast(stage.toCompletableFuture().get(PATIENCE_S, TimeUnit.SECONDS));
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }

  /** Waits for the failure. */
  static Throwable failure(CompletionStage<?> stage) {
    try {
      Object answer = stage.toCompletableFuture().get(PATIENCE_S, TimeUnit.SECONDS);
      throw new AssertionError("answered: " + answer);
    } catch (ExecutionException e) {
      return e.getCause() instanceof CompletionException wrapper
          ? wrapper.getCause()
          : e.getCause();
    } catch (Exception e) {
      throw new AssertionError("neither answered nor failed", e);
    }
  }

  @Override
  public void close() {
    front.close();
  }
}
