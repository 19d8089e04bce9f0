package dev.naru.connect.host.inside;

import dev.naru.connect.host.ConnectorState;
import dev.naru.connect.host.Redaction;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.connect.util.LoggingContext;
import org.slf4j.MDC;

/**
 * What Connect's runtime and its connectors log: to standard error as the node's own logger writes
 * it, and the last lines of each connector in memory, so that a user can ask for them. Which
 * connector a line belongs to is in the context that Connect keeps for each thread, and that
 * threads of a connector's own inherit.
 *
 * <p>Any thread may log. The memory is bounded: {@value #CONNECTORS} connectors, {@value
 * #CHARACTERS} characters of each.
 */
final class ConnectorLog extends Handler {
  static final int CONNECTORS = 64;
  static final int CHARACTERS = 128 << 10;

  private static final int LINE_CHARACTERS = 8_000;
  private static final String DEAD_LETTERS =
      "org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter";
  private static final String RUNTIME = "org.apache.kafka.connect.runtime.";

  /** What Connect calls a connector itself, beside its tasks. */
  private static final String WORKER = "worker";

  private static final Pattern CONTEXT =
      Pattern.compile("\\[(.*)\\|(worker|task-\\d{1,9})(?:\\|offsets)?\\] ?");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  private final LogLevels console;
  private final LogLevels kept = LogLevels.kept();
  private final PrintStream out;
  private final Supplier<String> context;

  private volatile String lastError = "it did not say why";
  private volatile BiPredicate<ConnectorTaskId, String> known = (id, why) -> false;

  /** The one that said something last is the last. */
  private final Map<String, Lines> byConnector = new LinkedHashMap<>(16, 0.75f, true);

  /** The JDK forgets a logger's level when nobody holds the logger. */
  private final List<Logger> held = new ArrayList<>();

  private static final class Lines {
    final Deque<String> lines = new ArrayDeque<>();
    int characters;

    void add(String line) {
      lines.add(line);
      characters += line.length();
      while (characters > CHARACTERS) {
        characters -= lines.remove().length();
      }
    }
  }

  /**
   * @param context what Connect's runtime keeps for the thread that calls, or null
   */
  ConnectorLog(LogLevels console, PrintStream out, Supplier<String> context) {
    this.console = console;
    this.out = out;
    this.context = context;
    setLevel(Level.ALL);
  }

  /** Takes over what is logged in this process by way of the JDK's logging. */
  static ConnectorLog install() {
    ConnectorLog log =
        new ConnectorLog(
            LogLevels.console(System.getProperties()),
            System.err,
            () -> MDC.get(LoggingContext.CONNECTOR_CONTEXT));
    Logger root = LogManager.getLogManager().getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.addHandler(log);
    log.console
        .with(log.kept)
        .forEach(
            (name, level) -> {
              Logger logger = Logger.getLogger(name);
              logger.setLevel(level);
              log.held.add(logger);
            });
    return log;
  }

  /**
   * Keeps the console from the same stack trace at each restart. In the lines of a connector it
   * stays.
   *
   * @param failures whether somebody says of a connector or task, in one line, that it failed for
   *     this reason
   */
  void leaveOut(BiPredicate<ConnectorTaskId, String> failures) {
    known = failures;
  }

  void uninstall() {
    LogManager.getLogManager().getLogger("").removeHandler(this);
  }

  @Override
  public void publish(LogRecord record) {
    if (isExpected(record)) {
      record.setLevel(Level.INFO);
    }
    int level = record.getLevel().intValue();
    if (level >= Level.SEVERE.intValue() && record.getThrown() != null) {
      lastError = cause(record.getThrown());
    }
    String here = context.get();
    Matcher matcher = here == null ? null : CONTEXT.matcher(here);
    boolean ofConnector = matcher != null && matcher.matches();
    boolean toConsole = level >= console.of(record.getLoggerName()).intValue();
    boolean toKeep = ofConnector && level >= kept.of(record.getLoggerName()).intValue();
    if (!toConsole && !toKeep) {
      return;
    }
    String part = ofConnector ? matcher.group(2) : null;
    String line = line(record, part, true);
    if (toConsole && !(ofConnector && isKnown(matcher.group(1), part, record.getThrown()))) {
      out.println(line);
    } else if (toConsole && !isOfRuntime(record)) {
      out.println(line(record, part, false));
    }
    if (toKeep) {
      keep(matcher.group(1), line);
    }
  }

  private boolean isKnown(String connector, String part, Throwable thrown) {
    int task =
        part.equals(WORKER)
            ? Restarts.CONNECTOR
            : Integer.parseInt(part.substring(part.indexOf('-') + 1));
    return thrown != null && known.test(new ConnectorTaskId(connector, task), cause(thrown));
  }

  /** What Connect's runtime says of a failure is what is known of it. */
  private static boolean isOfRuntime(LogRecord record) {
    return String.valueOf(record.getLoggerName()).startsWith(RUNTIME);
  }

  private static String cause(Throwable thrown) {
    return Redaction.text(ConnectorState.cause(trace(thrown)));
  }

  /** Connect calls it an error that a dead-letter topic is not there yet when it makes it. */
  private static boolean isExpected(LogRecord record) {
    return DEAD_LETTERS.equals(record.getLoggerName())
        && record.getMessage() != null
        && record.getMessage().endsWith("Will attempt to create topic.");
  }

  private static String line(LogRecord record, String part, boolean withTrace) {
    StringBuilder line = new StringBuilder();
    line.append(TIME.format(Instant.ofEpochMilli(record.getMillis())))
        .append(' ')
        .append(word(record.getLevel()))
        .append(' ')
        .append(part == null || part.equals(WORKER) ? "" : "[" + part + "] ")
        .append(record.getLoggerName())
        .append(" - ")
        .append(record.getMessage());
    if (withTrace && record.getThrown() != null) {
      line.append('\n').append(trace(record.getThrown()).stripTrailing());
    }
    if (line.length() > LINE_CHARACTERS) {
      line.setLength(LINE_CHARACTERS);
      line.append(" …");
    }
    return Redaction.text(line.toString());
  }

  private static String trace(Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace, true));
    return trace.toString();
  }

  /** Why the last exception was thrown that was logged as an error, in one line. */
  String lastError() {
    return lastError;
  }

  private static String word(Level level) {
    int value = level.intValue();
    return value >= Level.SEVERE.intValue()
        ? "ERROR"
        : value >= Level.WARNING.intValue()
            ? "WARN"
            : value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }

  private void keep(String connector, String line) {
    synchronized (byConnector) {
      byConnector.computeIfAbsent(connector, name -> new Lines()).add(line);
      if (byConnector.size() > CONNECTORS) {
        byConnector.remove(byConnector.keySet().iterator().next());
      }
    }
  }

  /** The last lines of a connector, the oldest first; a stack trace belongs to its line. */
  List<String> last(String connector, int most) {
    synchronized (byConnector) {
      Lines lines = byConnector.get(connector);
      if (lines == null) {
        return List.of();
      }
      List<String> all = new ArrayList<>(lines.lines);
      return List.copyOf(all.subList(Math.max(0, all.size() - most), all.size()));
    }
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void close() {
    flush();
  }
}
