package dev.naru.broker.group;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * A request that the group coordinator answers later. As in Kafka, a connection's next request
 * starts after the answer, so that a fetch of offsets sees the commit before it.
 */
abstract class GroupHandler<Q extends ApiMessage> implements ApiHandler {
  private final ApiKeys api;
  private final Class<Q> type;
  private final GroupService groups;

  GroupHandler(ApiKeys api, Class<Q> type, GroupService groups) {
    this.api = api;
    this.type = type;
    this.groups = groups;
  }

  @Override
  public final ApiKeys api() {
    return api;
  }

  final GroupService groups() {
    return groups;
  }

  /** The answer to a request; fails with what the request is to be failed with. */
  abstract CompletionStage<? extends ApiMessage> answer(Request request, Q data);

  @Override
  public final void handle(Request request) {
    answer(request, request.data(type))
        .whenComplete(
            (response, failure) -> {
              if (failure == null) {
                request.respond(response);
              } else {
                request.fail(
                    failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure);
              }
            });
  }
}
