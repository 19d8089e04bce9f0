package dev.naru.broker.cluster;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.metadata.MetadataPosition;
import dev.naru.broker.topic.TopicHandlers;
import dev.naru.broker.topic.TopicServices;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;

/**
 * What the controller answers other nodes: the commands that they pass on for their clients, by the
 * handlers that clients have, and each answer with the position of the metadata that shows it.
 */
public final class ControllerHandlers {
  private ControllerHandlers() {}

  /**
   * @param services whose controller is {@link CurrentController#orRefusal}
   */
  public static List<ApiHandler> all(TopicServices services) {
    List<ApiHandler> commands = new ArrayList<>(TopicHandlers.commands(services));
    commands.add(new AllocateProducerIdsHandler(services.controller()));
    return commands.stream()
        .<ApiHandler>map(
            command -> new Positioned(command, () -> MetadataPosition.of(services.view().image())))
        .toList();
  }

  private record Positioned(ApiHandler command, Supplier<MetadataPosition> position)
      implements ApiHandler {
    @Override
    public ApiKeys api() {
      return command.api();
    }

    @Override
    public short minVersion() {
      return command.minVersion();
    }

    @Override
    public short maxVersion() {
      return command.maxVersion();
    }

    @Override
    public void handle(Request request) {
      command.handle(new PositionedRequest(request, position));
      // Its place is among the metadata's commands now; whoever comes next need not wait for it.
      request.ordered();
    }
  }

  private record PositionedRequest(Request asked, Supplier<MetadataPosition> position)
      implements Request {
    @Override
    public void respond(ApiMessage response) {
      if (isFlexible()) {
        // The change is published before it is answered, so the view shows it by now.
        PositionTag.put(response, position.get());
      }
      asked.respond(response);
    }

    private boolean isFlexible() {
      return asked.context().header.apiKey().responseHeaderVersion(asked.version()) >= 1;
    }

    @Override
    public RequestContext context() {
      return asked.context();
    }

    @Override
    public short version() {
      return asked.version();
    }

    @Override
    public ApiMessage data() {
      return asked.data();
    }

    @Override
    public Executor executor() {
      return asked.executor();
    }

    @Override
    public void ordered() {
      asked.ordered();
    }

    @Override
    public void respondNothing() {
      asked.respondNothing();
    }

    @Override
    public void fail(Throwable cause) {
      asked.fail(cause);
    }

    @Override
    public void close(String reason) {
      asked.close(reason);
    }
  }
}
