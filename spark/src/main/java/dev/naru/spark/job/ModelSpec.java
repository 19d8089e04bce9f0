package dev.naru.spark.job;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is trained on the topics' history and applied to new rows.
 *
 * @param place where it stands in the file
 * @param algorithm a name that the docs list, or the class of an estimator of Spark ML
 * @param params the estimator's parameters by Spark's names
 * @param features what of a row the model looks at
 * @param label the column that it learns to tell; empty when nothing is to be told, as in clusters
 * @param train a query over sources and steps for the rows to train on; empty for {@code score}'s
 * @param score the view whose rows are scored
 * @param output a query over the view {@link #SCORED}; empty for all of it
 * @param holdout the part of the rows that the model is judged by instead of trained on
 * @param retrain how old a model may become before another one is trained; empty for no end
 * @param minRows how many rows there must be to train on
 * @param store the folder in which trained models are kept
 * @param keep how many of them
 * @param seed of all that is random
 */
public record ModelSpec(
    String place,
    String algorithm,
    Map<String, String> params,
    List<FeatureSpec> features,
    Optional<String> label,
    Optional<String> train,
    String score,
    Optional<String> output,
    double holdout,
    Optional<Duration> retrain,
    long minRows,
    String store,
    int keep,
    long seed) {

  /** The name of the view that a model's rows are in. */
  public static final String SCORED = "scored";

  /**
   * Columns that are looked at in one way.
   *
   * @param kind how
   * @param columns of the rows
   * @param buckets for texts, into how many numbers words are hashed
   */
  public record FeatureSpec(Kind kind, List<String> columns, int buckets) {}

  /** How a column is looked at. */
  public enum Kind {
    /** As a number; what is missing counts as the mean. */
    NUMBER,
    /** As one of a few words; words that training did not see are one of their own. */
    CATEGORY,
    /** By the words in it (TF-IDF). */
    TEXT
  }
}
