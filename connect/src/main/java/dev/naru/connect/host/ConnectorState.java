package dev.naru.connect.host;

import java.util.List;

/**
 * How a connector and its tasks are doing, in Kafka Connect's words (RUNNING, PAUSED, FAILED,
 * UNASSIGNED, …).
 *
 * @param name the connector
 * @param state the connector's own state
 * @param trace why it failed, or empty
 * @param tasks its tasks in the order of their numbers
 */
public record ConnectorState(String name, String state, String trace, List<Task> tasks) {
  public ConnectorState {
    tasks = List.copyOf(tasks);
  }

  /**
   * One task.
   *
   * @param id its number within the connector
   * @param state its state
   * @param trace why it failed, or empty
   */
  public record Task(int id, String state, String trace) {}

  /** Whether the connector and at least one task run. */
  public boolean running() {
    return state.equals("RUNNING")
        && tasks.stream().anyMatch(task -> task.state().equals("RUNNING"));
  }

  /**
   * Why the connector or the first failed task failed, as the first line of its trace; empty when
   * nothing failed.
   */
  public String failure() {
    if (state.equals("FAILED")) {
      return cause(trace);
    }
    return tasks.stream()
        .filter(task -> task.state().equals("FAILED"))
        .map(task -> cause(task.trace()))
        .findFirst()
        .orElse("");
  }

  /**
   * Why something failed, as one line of its stack trace: the innermost cause says most to a
   * reader; Connect wraps it in several of its own.
   */
  public static String cause(String trace) {
    String last = "";
    for (String line : trace.split("\n", -1)) {
      if (last.isEmpty() || line.startsWith("Caused by: ")) {
        last = line;
      }
    }
    String message =
        last.replaceFirst("^Caused by: ", "").replaceFirst("^[\\w.$]+(Exception|Error): ", "");
    return message.isBlank() ? "failed without saying why" : message.strip();
  }
}
