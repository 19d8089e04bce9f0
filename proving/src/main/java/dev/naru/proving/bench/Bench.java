package dev.naru.proving.bench;

import dev.naru.cli.Failures;
import dev.naru.cli.Folders;
import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.node.NaruCommand;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs scenarios: the contenders in turn, pair after pair, so that what changes on the machine
 * meanwhile meets all of them. A scenario that fails is told of and does not end the others.
 */
final class Bench implements Closeable {
  private static final int LOG_LINES = 30;

  private final Plan plan;
  private final Consumer<String> progress;
  private final SharedNodes shared;
  private final Thread cleaner;
  private int directories;
  private volatile boolean ending;

  /**
   * @param progress hears what is being done
   */
  Bench(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
    this.shared = new SharedNodes(plan.directory());
    this.cleaner = new Thread(this::leaveNothing, "bench-cleaner");
    Runtime.getRuntime().addShutdownHook(cleaner);
  }

  /** After Ctrl-C: the nodes' own hooks end them, and gigabytes of data go when they are gone. */
  private void leaveNothing() {
    ending = true;
    ProcessHandle.current()
        .descendants()
        .forEach(
            node -> {
              node.destroyForcibly();
              node.onExit().join();
            });
    Folders.delete(plan.directory());
  }

  List<Outcome> run() throws IOException {
    if (plan.contenders().contains(Contender.NARU)) {
      progress.accept("making Naru's archive of loaded classes, if there is none");
      rehearse("--help");
      if (plan.cluster()) {
        rehearse("start", "--cluster", "bench", "--help");
      }
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (Scenario scenario : plan.scenarios()) {
      outcomes.add(run(scenario, outcomes.size() + 1));
    }
    return outcomes;
  }

  /**
   * The launcher does this on its first run of such a command, which must not count as a slow
   * start: a node of a cluster has an archive of its own.
   *
   * @param words of a command that does nothing
   */
  private static void rehearse(String... words) throws IOException {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    int exitCode = builder.start().onExit().join().exitValue();
    if (exitCode != 0) {
      throw new IOException("./naru " + String.join(" ", words) + " ended with " + exitCode);
    }
  }

  private Outcome run(Scenario scenario, int number) {
    Outcome outcome = new Outcome(scenario);
    for (int pair = 1; pair <= plan.pairs(); pair++) {
      for (Contender contender : plan.contenders()) {
        if (contender == Contender.BARE && !scenario.hasLimit()) {
          continue;
        }
        if (ending) {
          return outcome;
        }
        progress.accept(
            "%d/%d %s, pair %d/%d, %s"
                .formatted(
                    number,
                    plan.scenarios().size(),
                    scenario.name(),
                    pair,
                    plan.pairs(),
                    contender.title()));
        try {
          settleDisk();
          outcome.add(contender, run(scenario, contender));
        } catch (ScenarioFailure e) {
          outcome.fail(contender.title() + ": " + Failures.sentence(e.getCause()), e.logEnd);
          return outcome;
        } catch (IOException | RuntimeException e) {
          outcome.fail(contender.title() + ": " + Failures.sentence(e), "");
          return outcome;
        }
      }
    }
    return outcome;
  }

  /**
   * What the run before left in the page cache would be written during the next one, and be paid
   * for by it.
   */
  private void settleDisk() throws IOException {
    if (plan.scale() == Scale.QUICK) {
      return;
    }
    try {
      int exitCode = new ProcessBuilder("sync").inheritIO().start().waitFor();
      if (exitCode != 0) {
        throw new IOException("sync ended with " + exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Figures run(Scenario scenario, Contender contender) throws IOException {
    Path directory = plan.directory().resolve("run-" + ++directories);
    try {
      boolean sharing = plan.scale() == Scale.QUICK && scenario.mayShareNode();
      SharedNodes nodes = sharing ? shared : null;
      try (Trial trial = new Trial(contender, plan.scale(), directory, nodes)) {
        return run(scenario, trial);
      }
    } finally {
      Folders.delete(directory);
    }
  }

  /** Before the trial is closed, and the node and what it said are gone. */
  private static Figures run(Scenario scenario, Trial trial) throws IOException {
    try {
      return trial.contender() == Contender.BARE ? scenario.runLimit(trial) : scenario.run(trial);
    } catch (IOException | RuntimeException e) {
      throw new ScenarioFailure(e, trial.logEnd(LOG_LINES));
    }
  }

  /** Why a scenario failed, and what its node had said until then. */
  private static final class ScenarioFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String logEnd;

    ScenarioFailure(Throwable cause, String logEnd) {
      super(cause);
      this.logEnd = logEnd;
    }
  }

  @Override
  public void close() {
    shared.close();
    Folders.delete(plan.directory());
    Runtime.getRuntime().removeShutdownHook(cleaner);
  }
}
