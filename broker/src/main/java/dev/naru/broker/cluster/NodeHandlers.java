package dev.naru.broker.cluster;

import dev.naru.broker.Timers;
import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.cluster.ClusterRole.Active;
import dev.naru.broker.cluster.MetadataFetch.Position;
import dev.naru.broker.metadata.MetadataHistory.Piece;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.NotControllerException;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * What the nodes of a cluster ask of their controller: the metadata, to be let in, to be let go.
 * NOT_CONTROLLER where this node is not it. Fetches of anything else are not the controller's.
 */
final class NodeHandlers {
  private NodeHandlers() {}

  /**
   * @param records answers fetches of anything but the metadata
   */
  static List<ApiHandler> all(
      ClusterRole role, Executor metadataThread, Timers timers, ApiHandler records) {
    return List.of(
        new Fetch(role, metadataThread, timers, records), new Register(role), new Heartbeat(role));
  }

  private static Active active(ClusterRole role) {
    Active active = role.active();
    if (active == null) {
      throw new NotControllerException("This node is not the controller");
    }
    return active;
  }

  private static void answer(Request request, CompletionStage<? extends ApiMessage> stage) {
    stage.whenComplete(
        (response, error) -> {
          if (error == null) {
            request.respond(response);
          } else {
            request.fail(
                error instanceof CompletionException && error.getCause() != null
                    ? error.getCause()
                    : error);
          }
        });
  }

  private record Fetch(ClusterRole role, Executor metadataThread, Timers timers, ApiHandler records)
      implements ApiHandler {
    private static final int WAIT_MS_MAX = 10_000;

    @Override
    public ApiKeys api() {
      return ApiKeys.FETCH;
    }

    /** From here on a topic is named by its id. */
    @Override
    public short minVersion() {
      return 13;
    }

    @Override
    public void handle(Request request) {
      FetchRequestData data = request.data(FetchRequestData.class);
      Position position = MetadataFetch.position(data);
      if (position == null) {
        records.handle(request);
        return;
      }
      Active active = active(role);
      int waitMs = Math.max(0, Math.min(WAIT_MS_MAX, data.maxWaitMs()));
      CompletableFuture<Piece> answer = new CompletableFuture<>();
      metadataThread.execute(
          () -> {
            CompletableFuture<Piece> piece =
                active.log().history().after(position.epoch(), position.offset());
            piece.whenComplete(
                (found, error) -> {
                  if (error == null) {
                    answer.complete(found);
                  } else {
                    answer.completeExceptionally(error);
                  }
                });
            if (!piece.isDone()) {
              timers.schedule(waitMs, () -> metadataThread.execute(() -> piece.complete(null)));
            }
          });
      answer(
          request,
          answer.thenApply(piece -> MetadataFetch.response(position, piece, timers.nowMs())));
    }
  }

  private record Register(ClusterRole role) implements ApiHandler {
    @Override
    public ApiKeys api() {
      return ApiKeys.BROKER_REGISTRATION;
    }

    @Override
    public void handle(Request request) {
      BrokerRegistrationRequestData data = request.data(BrokerRegistrationRequestData.class);
      answer(
          request,
          active(role)
              .nodes()
              .register(data, role::alive)
              .thenApply(epoch -> new BrokerRegistrationResponseData().setBrokerEpoch(epoch)));
    }
  }

  private record Heartbeat(ClusterRole role) implements ApiHandler {
    @Override
    public ApiKeys api() {
      return ApiKeys.BROKER_HEARTBEAT;
    }

    @Override
    public void handle(Request request) {
      BrokerHeartbeatRequestData data = request.data(BrokerHeartbeatRequestData.class);
      if (!data.wantShutDown()) {
        throw new InvalidRequestException("A node's life is seen without heartbeats");
      }
      answer(
          request,
          active(role)
              .nodes()
              .leave(data.brokerId(), data.brokerEpoch())
              .thenApply(
                  free ->
                      new BrokerHeartbeatResponseData()
                          .setIsCaughtUp(true)
                          .setShouldShutDown(free)));
    }
  }
}
