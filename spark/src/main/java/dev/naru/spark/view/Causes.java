package dev.naru.spark.view;

import dev.naru.spark.job.JobException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.spark.sql.AnalysisException;

/** What was behind a failure that came up through Spark. */
public final class Causes {
  /** Connections, resources, operator intervention, transactions that another one ended. */
  private static final Set<String> TRANSIENT_STATES = Set.of("08", "53", "57", "40");

  private static final int SENTENCE_CHARS_MAX = 600;

  private Causes() {}

  /** Whether the same may work later, without anybody changing the job. */
  public static boolean isTransient(Throwable thrown) {
    return chain(thrown).stream().anyMatch(Causes::isTransientItself);
  }

  private static boolean isTransientItself(Throwable e) {
    if (e instanceof SQLException sql && !(e instanceof BatchUpdateException)) {
      String state = sql.getSQLState();
      return e instanceof SQLTransientException
          || e instanceof SQLRecoverableException
          || e instanceof SQLNonTransientConnectionException
          || (state != null
              && state.length() == 5
              && TRANSIENT_STATES.contains(state.substring(0, 2)));
    }
    return (e instanceof RetriableException && !(e instanceof InterruptException))
        // Spark's own for a record that a node does not give in time.
        || e instanceof TimeoutException
        || e instanceof SocketException
        || e instanceof SocketTimeoutException
        || e instanceof UnknownHostException;
  }

  /** What happened, in a line: a sentence of our own, or the innermost cause's. */
  public static String sentence(Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    Throwable last = chain.get(chain.size() - 1);
    for (Throwable e : chain) {
      if (e instanceof JobException || e instanceof AnalysisException) {
        last = e;
        break;
      }
    }
    String message = last.getMessage();
    if (message == null || message.isBlank()) {
      return last.getClass().getSimpleName();
    }
    String line = message.strip().lines().findFirst().orElse("").strip();
    String cut =
        line.length() > SENTENCE_CHARS_MAX ? line.substring(0, SENTENCE_CHARS_MAX) + "…" : line;
    boolean sayKind =
        !(last instanceof JobException
            || last instanceof AnalysisException
            || last instanceof SQLException);
    return sayKind ? last.getClass().getSimpleName() + ": " + cut : cut;
  }

  private static List<Throwable> chain(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    for (Throwable e = thrown; e != null && seen.add(e); e = e.getCause()) {
      chain.add(e);
      if (e instanceof BatchUpdateException batch
          && batch.getCause() == null
          && batch.getNextException() != null
          && seen.add(batch.getNextException())) {
        chain.add(batch.getNextException());
      }
    }
    return chain;
  }
}
