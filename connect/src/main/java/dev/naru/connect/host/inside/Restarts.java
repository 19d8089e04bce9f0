package dev.naru.connect.host.inside;

import dev.naru.connect.host.ConnectorState;
import dev.naru.connect.host.Redaction;
import dev.naru.connect.host.WorkerSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.util.Callback;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.connect.util.LoggingContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts connectors and tasks of this worker again when they failed, see {@link RestartPlan}. It
 * looks around twice a second, on a daemon thread of its own, at statuses that the worker has in
 * memory.
 *
 * <p>A connector may have pauses of its own: {@value #INITIAL}, {@value #MAX}, {@value #RESET}, and
 * {@value WorkerSettings#RESTART_ENABLE} as Kafka Connect does it without this.
 */
final class Restarts implements AutoCloseable {
  static final String INITIAL = "naru.restart.initial.ms";
  static final String MAX = "naru.restart.max.ms";
  static final String RESET = "naru.restart.reset.ms";

  /** The number of the connector itself among its tasks. */
  static final int CONNECTOR = -1;

  private static final Logger LOG = LoggerFactory.getLogger(Restarts.class);
  private static final long LOOK_MS = 500;
  private static final Map<String, String> DEFAULTS =
      Map.of(INITIAL, "1000", MAX, "300000", RESET, "300000");

  private final Herder herder;
  private final String workerId;
  private final Map<String, String> settings;
  private final BiConsumer<ConnectorTaskId, String> say;
  private final RestartPlan<ConnectorTaskId> plan = new RestartPlan<>();

  /** Why each failed that was said to fail and has not been well since. */
  private final Map<ConnectorTaskId, String> said = new ConcurrentHashMap<>();

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "naru-connect-restarts");
            made.setDaemon(true);
            return made;
          });

  /**
   * @param settings the worker's; connectors' own win over them
   */
  Restarts(Herder herder, String workerId, Map<String, String> settings) {
    this(herder, workerId, settings, Restarts::log);
  }

  /**
   * With another place for what is said.
   *
   * @param say takes a connector or task, and what to say of it
   */
  Restarts(
      Herder herder,
      String workerId,
      Map<String, String> settings,
      BiConsumer<ConnectorTaskId, String> say) {
    this.herder = herder;
    this.workerId = workerId;
    this.settings = settings;
    this.say = say;
  }

  void start() {
    thread.scheduleWithFixedDelay(this::lookSafely, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  private void lookSafely() {
    try {
      look(System.currentTimeMillis());
    } catch (RuntimeException e) {
      // A worker that is stopping, or between two groups, refuses; the next look comes soon.
      LOG.debug("could not look after failed connectors", e);
    }
  }

  /** Restarts what is due. */
  synchronized void look(long nowMs) {
    Set<ConnectorTaskId> seen = new HashSet<>();
    for (String name : herder.connectors()) {
      Map<String, String> config = config(name);
      if (config == null || !enabled(config)) {
        continue;
      }
      ConnectorStateInfo info = status(name);
      if (info == null) {
        continue;
      }
      RestartPlan.Pauses pauses = pauses(config);
      look(new ConnectorTaskId(name, CONNECTOR), info.connector(), pauses, seen, nowMs);
      for (ConnectorStateInfo.TaskState task : info.tasks()) {
        look(new ConnectorTaskId(name, task.id()), task, pauses, seen, nowMs);
      }
    }
    plan.retain(seen);
    said.keySet().removeIf(id -> plan.trouble(id) == null);
  }

  /**
   * Whether it was said of a connector or task that it failed for this reason, and it has not been
   * well since: to say it at length again would tell nobody anything. Any thread.
   */
  boolean hasSaid(ConnectorTaskId id, String why) {
    return why.equals(said.get(id));
  }

  private void look(
      ConnectorTaskId id,
      ConnectorStateInfo.AbstractState state,
      RestartPlan.Pauses pauses,
      Set<ConnectorTaskId> seen,
      long nowMs) {
    if (!workerId.equals(state.workerId())) {
      return;
    }
    if (state.state().equals("FAILED")) {
      seen.add(id);
      RestartPlan.Trouble before = plan.trouble(id);
      String why = Redaction.text(ConnectorState.cause(state.trace() == null ? "" : state.trace()));
      boolean again = hasSaid(id, why);
      said.put(id, why);
      if (plan.failed(id, why, pauses, nowMs)) {
        restart(id);
      } else if (!again && (before == null || before.nextMs() == 0)) {
        say.accept(id, "failed: " + why + "; it is restarted in " + pause(id, nowMs));
      }
    } else if (state.state().equals("RUNNING")) {
      seen.add(id);
      plan.running(id, pauses, nowMs);
    }
  }

  private String pause(ConnectorTaskId id, long nowMs) {
    long ms = plan.trouble(id).nextMs() - nowMs;
    return ms < 1_000 ? ms + " ms" : (ms + 500) / 1_000 + " s";
  }

  private void restart(ConnectorTaskId id) {
    RestartPlan.Trouble trouble = plan.trouble(id);
    say.accept(
        id, "restarts for the " + trouble.restarts() + ". time; it had failed: " + trouble.why());
    Callback<Void> done =
        (error, nothing) -> {
          if (error != null) {
            say.accept(
                id,
                "could not be restarted: " + Redaction.text(String.valueOf(error.getMessage())));
          }
        };
    if (id.task() == CONNECTOR) {
      herder.restartConnector(id.connector(), done);
    } else {
      herder.restartTask(id, done);
    }
  }

  private static void log(ConnectorTaskId id, String what) {
    boolean connector = id.task() == CONNECTOR;
    try (LoggingContext context =
        connector ? LoggingContext.forConnector(id.connector()) : LoggingContext.forTask(id)) {
      LOG.warn("{} {}", connector ? "connector " + id.connector() : "task " + id, what);
    }
  }

  private ConnectorStateInfo status(String name) {
    try {
      return herder.connectorStatus(name);
    } catch (NotFoundException e) {
      return null;
    }
  }

  private Map<String, String> config(String name) {
    try {
      return herder.connectorInfo(name).config();
    } catch (NotFoundException e) {
      return null;
    }
  }

  private boolean enabled(Map<String, String> config) {
    return !"false".equalsIgnoreCase(config.get(WorkerSettings.RESTART_ENABLE));
  }

  private RestartPlan.Pauses pauses(Map<String, String> config) {
    return new RestartPlan.Pauses(ms(INITIAL, config), ms(MAX, config), ms(RESET, config));
  }

  private long ms(String name, Map<String, String> config) {
    String text = config.getOrDefault(name, settings.getOrDefault(name, DEFAULTS.get(name)));
    return check(name, text);
  }

  /**
   * An option's value.
   *
   * @throws ConnectException with a sentence, when it is none
   */
  static long check(String name, String text) {
    try {
      long ms = Long.parseLong(text.strip());
      if (ms > 0) {
        return ms;
      }
    } catch (NumberFormatException e) {
      LOG.debug("{} is {}", name, text, e);
    }
    throw new ConnectException(name + " wants milliseconds, from 1 on, not '" + text + "'");
  }

  /** Refuses what makes no sense in a connector's configuration. */
  static void check(Map<String, String> config) {
    for (String name : DEFAULTS.keySet()) {
      if (config.get(name) != null) {
        check(name, config.get(name));
      }
    }
    String enable = config.get(WorkerSettings.RESTART_ENABLE);
    if (enable != null && !enable.equals("true") && !enable.equals("false")) {
      throw new ConnectException(
          WorkerSettings.RESTART_ENABLE + " wants true or false, not '" + enable + "'");
    }
  }

  /**
   * A connector or task of this worker that failed lately.
   *
   * @param task its number, or {@link #CONNECTOR}
   */
  record Line(int task, RestartPlan.Trouble trouble) {}

  /** What failed lately of a connector, as far as this worker has it. */
  synchronized List<Line> of(String name, Collection<Integer> tasks) {
    List<Line> lines = new ArrayList<>();
    for (int task : tasks) {
      RestartPlan.Trouble trouble = plan.trouble(new ConnectorTaskId(name, task));
      if (trouble != null) {
        lines.add(new Line(task, trouble));
      }
    }
    return lines;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
