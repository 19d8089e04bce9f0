package dev.naru.connect.host.inside;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import dev.naru.connect.host.WorkerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.RestClient;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.util.FutureCallback;

/**
 * The worker of a node: a distributed herder, Connect's REST API in front of it, restarts of what
 * failed behind it, and what Connect has no place for below {@code /naru/connectors/NAME}: {@code
 * restarts} and {@code log}, each of what this worker itself runs.
 */
final class RestSide implements AutoCloseable {
  private static final long JOIN_PATIENCE_MS = TimeUnit.SECONDS.toMillis(60);
  private static final int LINES = 100;
  private static final int LINES_MAX = 10_000;
  private static final Pattern OURS = Pattern.compile("/naru/connectors/([^/]+)/(restarts|log)/?");
  private static final Pattern LINES_ASKED = Pattern.compile("(?:^|&)lines=(\\d{1,6})(?:&|$)");

  private final Herder herder;
  private final Restarts restarts;
  private final ConnectorLog log;
  private final FutureTask<RestApi> api;
  private final ObjectMapper json = new ObjectMapper();

  private RestSide(Herder herder, Restarts restarts, ConnectorLog log, FutureTask<RestApi> api) {
    this.herder = herder;
    this.restarts = restarts;
    this.log = log;
    this.api = api;
  }

  /**
   * Starts the worker and returns when it is in its group, so that it takes changes.
   *
   * @param end completed with a sentence when the worker ends by itself
   * @throws ConnectException with a sentence, when it cannot be started
   */
  static RestSide start(
      Map<String, String> settings,
      Plugins plugins,
      ConnectorLog log,
      CompletableFuture<String> end) {
    Restarts.check(settings);
    RestClient client = new RestClient(new DistributedConfig(settings));
    Herder herder = Herders.distributed(settings, plugins, client);
    Restarts restarts = new Restarts(herder, settings.get(WorkerSettings.WORKER_ID), settings);
    log.leaveOut(restarts::hasSaid);
    FutureTask<RestApi> api = new FutureTask<>(() -> new RestApi(herder, settings, client));
    // The resources take a while to be looked into, and so does joining the group.
    Thread maker = new Thread(api, "naru-connect-rest");
    maker.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    maker.setDaemon(true);
    herder.start();
    maker.start();
    RestSide side = new RestSide(herder, restarts, log, api);
    try {
      side.awaitGroup(end);
    } catch (RuntimeException e) {
      herder.stop();
      throw e;
    }
    if (!"false".equals(settings.get(WorkerSettings.RESTART_ENABLE))) {
      restarts.start();
    }
    return side;
  }

  /** While the worker joins its group, it refuses what it would take a moment later. */
  private void awaitGroup(CompletableFuture<String> end) {
    FutureCallback<Void> joined = new FutureCallback<>();
    herder.healthCheck(joined);
    end.thenAccept(why -> joined.onCompletion(new ConnectException(why), null));
    get(joined::get, "did not join its group");
  }

  private interface Timed<T> {
    T get(long timeout, TimeUnit unit)
        throws InterruptedException, ExecutionException, TimeoutException;
  }

  private static <T> T get(Timed<T> future, String otherwise) {
    try {
      return future.get(JOIN_PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new ConnectException("the worker " + otherwise, e.getCause());
    } catch (TimeoutException e) {
      throw new ConnectException("the worker " + otherwise + " within a minute", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("interrupted while the worker was starting", e);
    }
  }

  Herder herder() {
    return herder;
  }

  RestAnswer answer(RestRequest request) {
    Matcher ours = OURS.matcher(request.path());
    if (!ours.matches()) {
      return get(api::get, "could not make its REST API").answer(request);
    }
    if (!request.method().equals("GET")) {
      return RestAnswer.error(405, "HTTP 405 Method Not Allowed");
    }
    String name = RestRequest.decoded(ours.group(1));
    if (!herder.connectors().contains(name)) {
      return RestAnswer.error(404, "Connector " + name + " not found");
    }
    ObjectNode answer = ours.group(2).equals("log") ? log(name, request.query()) : restarts(name);
    return RestAnswer.json(200, answer.toString());
  }

  private ObjectNode log(String name, String query) {
    Matcher asked = LINES_ASKED.matcher(query);
    int lines = asked.find() ? Math.min(Integer.parseInt(asked.group(1)), LINES_MAX) : LINES;
    ObjectNode answer = json.createObjectNode();
    ArrayNode array = answer.putArray("lines");
    log.last(name, lines).forEach(array::add);
    return answer;
  }

  private ObjectNode restarts(String name) {
    List<Integer> tasks = new ArrayList<>();
    tasks.add(Restarts.CONNECTOR);
    try {
      ConnectorStateInfo status = herder.connectorStatus(name);
      status.tasks().forEach(task -> tasks.add(task.id()));
    } catch (NotFoundException e) {
      // It was made a moment ago, and nothing of it has failed yet.
      tasks.clear();
    }
    ObjectNode answer = json.createObjectNode();
    ArrayNode array = answer.putArray("restarts");
    for (Restarts.Line line : restarts.of(name, tasks)) {
      ObjectNode one = array.addObject();
      if (line.task() == Restarts.CONNECTOR) {
        one.putNull("task");
      } else {
        one.put("task", line.task());
      }
      one.put("restarts", line.trouble().restarts());
      one.put("next_restart_ms", line.trouble().nextMs());
      one.put("failure", line.trouble().why());
    }
    return answer;
  }

  /** Ends the restarts; the herder is somebody else's to stop. */
  @Override
  public void close() {
    restarts.close();
  }
}
