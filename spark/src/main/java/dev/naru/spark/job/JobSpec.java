package dev.naru.spark.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A job as its file declares it, checked as far as that goes without Spark and without a node.
 *
 * @param name letters, digits, dot, dash and underscore
 * @param streaming whether it runs until it is stopped
 * @param trigger how long from one batch to the next; empty for as soon as possible
 * @param once whether a stream ends when it has read what is there
 * @param checkpoint the folder in which a stream remembers where it was
 * @param bootstrap {@code HOST:PORT[,…]}
 * @param kafka settings for every Kafka client, by Kafka's names; may hold secrets
 * @param spark settings for Spark, by its names
 * @param jars files with classes of the user's
 * @param sources at least one, each a view
 * @param steps views that are made of sources and of the steps before
 * @param model what is trained and applied, if anything
 * @param sinks at least one
 */
public record JobSpec(
    String name,
    boolean streaming,
    Optional<Duration> trigger,
    boolean once,
    String checkpoint,
    String bootstrap,
    Map<String, String> kafka,
    Map<String, String> spark,
    List<String> jars,
    List<SourceSpec> sources,
    List<StepSpec> steps,
    Optional<ModelSpec> model,
    List<SinkSpec> sinks) {

  /**
   * A view that is made by SQL, or by a class.
   *
   * @param place where it stands in the file, for what is said of it
   * @param view its name
   * @param sql a query, or null
   * @param className a {@link dev.naru.spark.Transform}, or null
   * @param options what the class is told
   */
  public record StepSpec(
      String place, String view, String sql, String className, Map<String, String> options) {}

  @Override
  public String toString() {
    return "job " + name;
  }
}
