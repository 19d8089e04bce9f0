package dev.naru.cli.connector;

import dev.naru.cli.Table;
import dev.naru.connect.host.ConnectorState;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** How a connector is doing, gathered from the workers that run its parts. */
final class ConnectorStatus {
  /**
   * The connector itself or one of its tasks.
   *
   * @param part {@code connector} or {@code task N}
   * @param restarts since it was last healthy for a while
   * @param nextMs when it is restarted next; 0 when it is not to be
   * @param failure in one line; empty when there is none
   */
  private record Part(
      String part, String state, String worker, long restarts, long nextMs, String failure) {}

  private final String name;
  private final String type;
  private final List<Part> parts = new ArrayList<>();

  private ConnectorStatus(String name, String type) {
    this.name = name;
    this.type = type;
  }

  static ConnectorStatus read(ConnectApi api, String name) {
    String path = "/connectors/" + ConnectApi.part(name);
    Object status = api.find(path + "/status");
    if (status == null) {
      // A connector that was made a moment ago has no status yet; one that is not there is refused.
      api.get(path);
      ConnectorStatus none = new ConnectorStatus(name, "");
      none.parts.add(new Part("connector", "UNASSIGNED", "", 0, 0, ""));
      return none;
    }
    ConnectorStatus read = new ConnectorStatus(name, Json.text(status, "type"));
    List<Object> restarts = restarts(api, name, status);
    read.add("connector", Json.get(status, "connector"), restarts, null);
    for (Object task : Json.list(status, "tasks")) {
      read.add("task " + Json.text(task, "id"), task, restarts, Json.get(task, "id"));
    }
    return read;
  }

  /** Each worker knows of those parts that it runs. */
  private static List<Object> restarts(ConnectApi api, String name, Object status) {
    List<Object> restarts = new ArrayList<>();
    for (String worker : workers(api, status)) {
      String path = "/naru/connectors/" + ConnectApi.part(name) + "/restarts";
      Object found = worker.isEmpty() ? api.find(path) : api.findAt(worker, path);
      restarts.addAll(Json.list(found, "restarts"));
    }
    return restarts;
  }

  /** The workers that run parts of a connector; an empty name is the node that was asked. */
  static Set<String> workers(ConnectApi api, Object status) {
    Set<String> workers = new LinkedHashSet<>();
    workers.add("");
    List<Object> parts = new ArrayList<>(Json.list(status, "tasks"));
    parts.add(Json.get(status, "connector"));
    for (Object part : parts) {
      String worker = Json.text(part, "worker_id");
      if (worker.matches(".+:\\d+") && !worker.equals(api.address().toString())) {
        workers.add(worker);
      }
    }
    return workers;
  }

  private void add(String part, Object state, List<Object> restarts, Object task) {
    long count = 0;
    long nextMs = 0;
    for (Object restart : restarts) {
      if (Objects.equals(Json.get(restart, "task"), task)) {
        count = (Long) Json.get(restart, "restarts");
        nextMs = (Long) Json.get(restart, "next_restart_ms");
      }
    }
    String trace = Json.text(state, "trace");
    parts.add(
        new Part(
            part,
            Json.text(state, "state"),
            Json.text(state, "worker_id"),
            count,
            nextMs,
            trace.isBlank() ? "" : ConnectorState.cause(trace)));
  }

  /** One word for a list: the worst of all parts. */
  String summary() {
    for (String worst : List.of("FAILED", "UNASSIGNED", "RESTARTING", "STOPPED", "PAUSED")) {
      if (parts.stream().anyMatch(part -> part.state.equals(worst))) {
        return worst;
      }
    }
    return parts.get(0).state;
  }

  /** How many tasks run, and how many there are. */
  String tasks() {
    long running = parts.stream().skip(1).filter(part -> part.state.equals("RUNNING")).count();
    return running + "/" + (parts.size() - 1);
  }

  String type() {
    return type;
  }

  /** Why the first part that failed did, or empty. */
  String failure() {
    return parts.stream()
        .map(Part::failure)
        .filter(failure -> !failure.isEmpty())
        .findFirst()
        .orElse("");
  }

  void print(PrintStream out, long nowMs) {
    out.println(name + (type.isEmpty() ? "" : "  " + type));
    Table table = new Table("PART", "STATE", "WORKER", "RESTARTS", "NEXT RESTART");
    for (Part part : parts) {
      boolean due = part.nextMs > 0 && part.state.equals("FAILED");
      table.row(
          part.part,
          part.state,
          part.worker.isEmpty() ? null : part.worker,
          part.restarts,
          due ? "in " + seconds(part.nextMs - nowMs) : null);
    }
    table.print(out, "  ");
    for (Part part : parts) {
      if (!part.failure.isEmpty()) {
        out.println("  " + part.part + " failed: " + part.failure);
      }
    }
  }

  private static String seconds(long ms) {
    long seconds = Math.max(0, Duration.ofMillis(ms + 999).toSeconds());
    return seconds + " s";
  }
}
