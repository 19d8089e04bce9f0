package dev.naru.spark.run;

import dev.naru.spark.job.JobException;
import dev.naru.spark.sink.Batch;
import dev.naru.spark.view.Causes;
import dev.naru.spark.view.Counts;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * A flow as a streaming query, which begins again from its checkpoint when what ended it may pass
 * by itself: a database or a node that is away. Used by the job's thread; {@link #stop} may come
 * from another one.
 */
final class StreamFlow {
  /** Spark's name for it among the properties of the thread that runs a batch. */
  private static final String QUERY_ID = "sql.streaming.queryId";

  private static final long FIRST_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_PAUSE_NS = TimeUnit.SECONDS.toNanos(60);

  private final SparkSession root;
  private final Flow flow;
  private final Counts counts;
  private final Consumer<String> say;

  private volatile StreamingQuery query;
  private volatile boolean stopped;
  private volatile boolean first;
  private volatile boolean wrote;
  private boolean ended;
  private long pauseNs = FIRST_PAUSE_NS;
  private long beginAgainNs;
  private String said = "";

  StreamFlow(SparkSession root, Flow flow, Consumer<String> say) {
    this.root = root;
    this.flow = flow;
    this.counts = Counts.of(root.sparkContext(), flow.name());
    this.say = say;
  }

  /** What it is called, and what it has done. */
  String line() {
    return flow.name() + ": " + counts.line();
  }

  /** Whether there is anything to say of it yet. */
  boolean hasRead() {
    return counts.records().value() > 0;
  }

  boolean hasEnded() {
    return ended;
  }

  /**
   * Looks after the query for a moment: begins it, or begins it again when it is time.
   *
   * @param momentMs how long to wait for its end
   * @throws JobException when it failed for good
   */
  void look(long momentMs) throws InterruptedException {
    if (ended || stopped) {
      ended = true;
      return;
    }
    try {
      if (query == null) {
        if (System.nanoTime() - beginAgainNs < 0) {
          TimeUnit.MILLISECONDS.sleep(momentMs);
          return;
        }
        begin();
      }
      if (query.awaitTermination(momentMs)) {
        ended = true;
      } else if (wrote) {
        pauseNs = FIRST_PAUSE_NS;
        said = "";
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // Spark throws checked exceptions that its Scala code need not declare.
      failed(e);
    }
  }

  private void begin() throws TimeoutException {
    first = true;
    wrote = false;
    Dataset<Row> rows = flow.prepare(root, true, counts);
    VoidFunction2<Dataset<Row>, Long> write = this::write;
    DataStreamWriter<Row> writer =
        rows.writeStream()
            .queryName(flow.name())
            .outputMode(flow.output())
            .option("checkpointLocation", flow.job.checkpoint() + "/" + flow.name())
            .trigger(trigger())
            .foreachBatch(write);
    query = writer.start();
    if (stopped) {
      query.stop();
    }
  }

  private Trigger trigger() {
    return flow.job.once()
        ? Trigger.AvailableNow()
        : Trigger.ProcessingTime(flow.job.trigger().orElseThrow().toMillis());
  }

  /** Called by the query's own thread. */
  private void write(Dataset<Row> rows, Long number) {
    String id = rows.sparkSession().sparkContext().getLocalProperty(QUERY_ID);
    if (id == null) {
      throw new IllegalStateException("Spark does not tell the id of the query");
    }
    flow.write(rows, new Batch(flow.sinkName(), id, number, first, counts.written()));
    first = false;
    wrote = true;
  }

  private void failed(Exception e) {
    query = null;
    if (stopped) {
      ended = true;
      return;
    }
    if (!Causes.isTransient(e)) {
      throw e instanceof JobException known
          ? known
          : JobException.failure(flow.name() + " failed: " + Causes.sentence(e), e);
    }
    String sentence = Causes.sentence(e);
    if (!sentence.equals(said)) {
      say.accept(
          flow.name()
              + " waits: "
              + sentence
              + "; it is tried again, after a second first and later once a minute");
      said = sentence;
    }
    beginAgainNs = System.nanoTime() + pauseNs;
    pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
  }

  /** Ends the query between two batches, or in the middle of one that will be done again. */
  void stop() {
    stopped = true;
    StreamingQuery running = query;
    if (running != null) {
      try {
        running.stop();
      } catch (TimeoutException e) {
        say.accept(flow.name() + " did not end in time; what it had begun is done again");
      }
    }
  }
}
