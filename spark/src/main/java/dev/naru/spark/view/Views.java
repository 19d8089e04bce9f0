package dev.naru.spark.view;

import dev.naru.spark.Transform;
import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.JobSpec.StepSpec;
import dev.naru.spark.job.SourceSpec;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The job's views. Each query has a session of its own, so that what its sources give is counted
 * for it alone.
 */
public final class Views {
  private Views() {}

  /**
   * A session in which the job's sources and steps are views.
   *
   * @param counts what is counted there, or null for nothing
   */
  public static SparkSession open(
      SparkSession root, JobSpec job, boolean streaming, Counts counts) {
    SparkSession session = root.newSession();
    TopicReader reader = new TopicReader(session, job, streaming);
    for (SourceSpec source : job.sources()) {
      Dataset<Row> rows = checked(source.place(), () -> reader.rows(source, counts));
      rows.createOrReplaceTempView(source.view());
    }
    for (StepSpec step : job.steps()) {
      checked(step.place(), () -> rows(session, step)).createOrReplaceTempView(step.view());
    }
    return session;
  }

  /** The same over what the topics hold, as a batch and uncounted. */
  public static SparkSession history(SparkSession root, JobSpec job) {
    return open(root, job, false, null);
  }

  /** A source's malformed records, as {@link TopicReader#malformed} has them. */
  public static Dataset<Row> malformed(
      SparkSession root, JobSpec job, SourceSpec source, boolean streaming, Counts counts) {
    return checked(
        source.place(),
        () -> new TopicReader(root.newSession(), job, streaming).malformed(source, counts));
  }

  private static Dataset<Row> rows(SparkSession session, StepSpec step) {
    return step.sql() != null
        ? session.sql(step.sql())
        : transform(step).apply(session, step.options());
  }

  private static Transform transform(StepSpec step) {
    try {
      return Class.forName(step.className(), true, Thread.currentThread().getContextClassLoader())
          .asSubclass(Transform.class)
          .getConstructor()
          .newInstance();
    } catch (ClassNotFoundException e) {
      throw JobException.mistake(
          step.place()
              + ".class: there is no class "
              + step.className()
              + "; name its jar below jars",
          e);
    } catch (ClassCastException e) {
      throw JobException.mistake(
          step.place() + ".class: " + step.className() + " is no " + Transform.class.getName(), e);
    } catch (ReflectiveOperationException e) {
      throw JobException.mistake(
          step.place()
              + ".class: "
              + step.className()
              + " wants a public constructor without parameters",
          e);
    }
  }

  /** Something that Spark may find wrong with what the file says. */
  @FunctionalInterface
  public interface Plan<T> {
    T make() throws AnalysisException;
  }

  /** Says where in the file it is that Spark finds something wrong with. */
  public static <T> T checked(String place, Plan<T> plan) {
    try {
      return plan.make();
    } catch (AnalysisException e) {
      throw JobException.mistake(place + ": " + Causes.sentence(e), e);
    }
  }
}
