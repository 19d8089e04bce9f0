package dev.naru.connect.host.inside;

import dev.naru.connect.host.ConnectHost;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import dev.naru.connect.host.WorkerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.RestartRequest;
import org.apache.kafka.connect.runtime.distributed.RebalanceNeededException;
import org.apache.kafka.connect.runtime.distributed.RequestTargetException;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.runtime.rest.errors.BadRequestException;
import org.apache.kafka.connect.util.Callback;
import org.apache.kafka.connect.util.FutureCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The side of the host that lives with Connect's runtime. It speaks maps of JDK types, and turns
 * every exception of the runtime's into a JDK one with the runtime's sentence: {@link
 * IllegalArgumentException} for what was asked wrongly, {@link IllegalStateException} for what
 * could not be done.
 */
public final class ConnectRuntime
    implements BiFunction<String, Map<String, Object>, Map<String, Object>> {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectRuntime.class);
  private static final long RETRY_PAUSE_MS = 50;
  private static final long TARGET_PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

  private volatile Herder herder;

  /** What a node has beside the herder; null for a command that runs one connector. */
  private volatile RestSide rest;

  private volatile ConnectorLog logs;

  @Override
  public Map<String, Object> apply(String what, Map<String, Object> arguments) {
    String name = (String) arguments.get("name");
    try {
      switch (what) {
        case "start" -> start(arguments);
        case "stop" -> stop();
        case "rest" -> {
          return rest(arguments);
        }
        case "put" -> put(name, strings(arguments.get("config")));
        case "delete" ->
            this.<Object>await(done -> herder().deleteConnectorConfig(name, cast(done)));
        case "pause" -> pause(name);
        case "resume" -> resume(name);
        case "restart" -> restart(name);
        case "connectors" -> {
          return Map.of("connectors", List.copyOf(herder().connectors()));
        }
        case "state" -> {
          return state(name);
        }
        default ->
            throw new IllegalArgumentException("the Connect host does not know how to " + what);
      }
      return Map.of();
    } catch (NotFoundException e) {
      throw new IllegalArgumentException(e.getMessage());
    } catch (ConnectException e) {
      LOG.debug("{} of {} failed", what, name, e);
      throw e instanceof BadRequestException
          ? new IllegalArgumentException(sentence(e))
          : new IllegalStateException(sentence(e));
    }
  }

  private void start(Map<String, Object> arguments) {
    Map<String, String> settings = strings(arguments.get("settings"));
    @SuppressWarnings("unchecked") // Both sides of the border are ours.
    Consumer<String> onFailure = (Consumer<String>) arguments.get("onFailure");
    ConnectorLog log = ConnectorLog.install();
    CompletableFuture<String> end = new CompletableFuture<>();
    Exit.Procedure report =
        (status, message) -> {
          String why =
              message == null
                  ? "Kafka Connect's runtime stopped by itself: " + log.lastError()
                  : message;
          end.complete(why);
          onFailure.accept(why);
        };
    Exit.setExitProcedure(report);
    Exit.setHaltProcedure(report);
    try {
      Plugins plugins = new Plugins(settings);
      plugins.compareAndSwapWithDelegatingLoader();
      if ("standalone".equals(settings.get(WorkerSettings.MODE))) {
        Herder made = Herders.standalone(settings, plugins);
        made.start();
        herder = made;
      } else if (settings.containsKey(WorkerSettings.REST_URL)) {
        RestSide made = RestSide.start(settings, plugins, log, end);
        herder = made.herder();
        rest = made;
      } else {
        Herder made = Herders.distributed(settings, plugins, null);
        made.start();
        herder = made;
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.debug("the runtime did not start", e);
      log.uninstall();
      throw new IllegalStateException("Kafka Connect's runtime did not start: " + sentence(e));
    }
    logs = log;
  }

  private void stop() {
    RestSide stoppingRest = rest;
    rest = null;
    if (stoppingRest != null) {
      stoppingRest.close();
    }
    Herder stopping = herder;
    herder = null;
    if (stopping != null) {
      stopping.stop();
    }
    if (logs != null) {
      logs.uninstall();
    }
  }

  @SuppressWarnings("unchecked") // Both sides of the border are ours.
  private Map<String, Object> rest(Map<String, Object> arguments) {
    RestSide side = rest;
    if (side == null) {
      throw new IllegalStateException("Kafka Connect's runtime is not running");
    }
    RestAnswer answer =
        side.answer(
            new RestRequest(
                (String) arguments.get("method"),
                (String) arguments.get("uri"),
                (Map<String, List<String>>) arguments.get("headers"),
                (byte[]) arguments.get("body")));
    return Map.of("status", answer.status(), "headers", answer.headers(), "body", answer.body());
  }

  private void put(String name, Map<String, String> config) {
    Map<String, String> named = new HashMap<>(config);
    named.put("name", name);
    this.<Object>await(done -> herder().putConnectorConfig(name, named, true, cast(done)));
  }

  private void pause(String name) {
    herder().pauseConnector(name);
    awaitTarget(name, state -> !state.equals("RUNNING"));
  }

  private void resume(String name) {
    herder().resumeConnector(name);
    awaitTarget(name, state -> !state.equals("PAUSED"));
  }

  /**
   * Waits until the connector and its tasks went where they were told. A worker that is stopped
   * while such a change is still on its way blocks itself: its stopping thread holds the lock that
   * the reader of the change waits for.
   */
  private void awaitTarget(String name, Predicate<String> reached) {
    long deadlineNs = System.nanoTime() + TARGET_PATIENCE_NS;
    while (System.nanoTime() - deadlineNs < 0) {
      ConnectorStateInfo info = herder().connectorStatus(name);
      boolean tasksReached = info.tasks().stream().allMatch(task -> reached.test(task.state()));
      if (tasksReached && reached.test(info.connector().state())) {
        return;
      }
      breathe();
    }
    LOG.warn("connector {} has not reached its new state yet", name);
  }

  private void restart(String name) {
    RestartRequest request = new RestartRequest(name, false, true);
    this.<Object>await(done -> herder().restartConnectorAndTasks(request, cast(done)));
  }

  private Map<String, Object> state(String name) {
    ConnectorStateInfo info;
    try {
      info = herder().connectorStatus(name);
    } catch (NotFoundException e) {
      return Map.of("state", "UNASSIGNED", "trace", "", "tasks", List.of());
    }
    List<Map<String, Object>> tasks = new ArrayList<>();
    for (ConnectorStateInfo.TaskState task : info.tasks()) {
      tasks.add(Map.of("id", task.id(), "state", task.state(), "trace", orEmpty(task.trace())));
    }
    ConnectorStateInfo.ConnectorState connector = info.connector();
    return Map.of("state", connector.state(), "trace", orEmpty(connector.trace()), "tasks", tasks);
  }

  /**
   * Asks until the runtime takes it: while the worker joins its group, Connect refuses changes that
   * it would take a moment later.
   */
  private <T> void await(Consumer<Callback<T>> request) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(ConnectHost.PATIENCE_SECONDS);
    while (true) {
      FutureCallback<T> done = new FutureCallback<>();
      request.accept(done);
      try {
        done.get(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        return;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        boolean passing =
            cause instanceof RebalanceNeededException || cause instanceof RequestTargetException;
        if (!passing || System.nanoTime() - deadlineNs >= 0) {
          throw refused(cause);
        }
        breathe();
      } catch (TimeoutException e) {
        throw new IllegalStateException(
            "Kafka Connect's runtime did not answer within " + ConnectHost.PATIENCE_SECONDS + " s");
      } catch (InterruptedException e) {
        throw interrupted();
      }
    }
  }

  private static RuntimeException refused(Throwable cause) {
    LOG.debug("the runtime refused", cause);
    return cause instanceof NotFoundException || cause instanceof BadRequestException
        ? new IllegalArgumentException(sentence(cause))
        : new IllegalStateException(sentence(cause));
  }

  private static void breathe() {
    try {
      Thread.sleep(RETRY_PAUSE_MS);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static IllegalStateException interrupted() {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for Kafka Connect's runtime");
  }

  private Herder herder() {
    Herder running = herder;
    if (running == null) {
      throw new IllegalStateException("Kafka Connect's runtime is not running");
    }
    return running;
  }

  /** The innermost message: Connect's outer ones only say that something failed. */
  private static String sentence(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null && inner.getCause().getMessage() != null) {
      inner = inner.getCause();
    }
    String message = inner.getMessage();
    if (message == null) {
      return inner.getClass().getSimpleName();
    }
    int listing = message.indexOf(", available connectors are: ");
    return message
        .substring(0, listing < 0 ? message.length() : listing)
        .replaceFirst("^Connector configuration is invalid and contains .*:\\R", "")
        .replaceFirst("\\RYou can also find the above list .*", "")
        .strip()
        .replaceAll("\\R", "; ");
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  @SuppressWarnings("unchecked") // Both sides of the border are ours.
  private static Map<String, String> strings(Object map) {
    return (Map<String, String>) map;
  }

  @SuppressWarnings("unchecked") // Nobody looks at the result, only at its arrival.
  private static <A, B> Callback<B> cast(Callback<A> callback) {
    return (Callback<B>) callback;
  }
}
