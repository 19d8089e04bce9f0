package dev.naru.spark.model;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.ModelSpec;
import dev.naru.spark.job.Nearest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Predictor;
import org.apache.spark.ml.classification.Classifier;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.FloatParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/** Spark ML's estimators by the names that a job file gives them. */
final class Algorithms {
  /** What an estimator learns. */
  enum Task {
    /** A word, from rows that have it. */
    CLASSIFY,
    /** A number, from rows that have it. */
    REGRESS,
    /** Which rows are alike. */
    CLUSTER
  }

  private static final String PACKAGE = "org.apache.spark.ml.";
  private static final Map<String, String> NAMES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("logistic-regression", "classification.LogisticRegression"),
              Map.entry("naive-bayes", "classification.NaiveBayes"),
              Map.entry("linear-svc", "classification.LinearSVC"),
              Map.entry("decision-tree", "classification.DecisionTreeClassifier"),
              Map.entry("random-forest", "classification.RandomForestClassifier"),
              Map.entry("gradient-boosted-trees", "classification.GBTClassifier"),
              Map.entry("linear-regression", "regression.LinearRegression"),
              Map.entry("decision-tree-regression", "regression.DecisionTreeRegressor"),
              Map.entry("random-forest-regression", "regression.RandomForestRegressor"),
              Map.entry("gradient-boosted-trees-regression", "regression.GBTRegressor"),
              Map.entry("kmeans", "clustering.KMeans"),
              Map.entry("bisecting-kmeans", "clustering.BisectingKMeans"),
              Map.entry("gaussian-mixture", "clustering.GaussianMixture")));

  private Algorithms() {}

  static Estimator<?> create(ModelSpec spec) {
    String given = spec.algorithm();
    boolean isClass = given.contains(".");
    if (!isClass && !NAMES.containsKey(given)) {
      String hint = Nearest.hint(given, NAMES.keySet());
      throw JobException.mistake(
          spec.place()
              + ".algorithm: "
              + given
              + " is not known"
              + (hint.isEmpty() ? "; known are " + String.join(", ", NAMES.keySet()) : hint));
    }
    try {
      return Class.forName(
              isClass ? given : PACKAGE + NAMES.get(given),
              true,
              Thread.currentThread().getContextClassLoader())
          .asSubclass(Estimator.class)
          .getConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw JobException.mistake(
          spec.place()
              + ".algorithm: "
              + given
              + " is no estimator of Spark ML that can be made without arguments",
          e);
    }
  }

  static Task task(ModelSpec spec, Estimator<?> estimator) {
    boolean classifies = estimator instanceof Classifier<?, ?, ?>;
    boolean supervised = classifies || estimator instanceof Predictor<?, ?, ?>;
    if (supervised && spec.label().isEmpty()) {
      throw JobException.mistake(
          spec.place()
              + ".label is missing; "
              + spec.algorithm()
              + " wants the column that it learns to tell");
    }
    if (!supervised && spec.label().isPresent()) {
      throw JobException.mistake(
          spec.place()
              + ".label is for algorithms that learn to tell it, and "
              + spec.algorithm()
              + " does not");
    }
    return classifies ? Task.CLASSIFY : supervised ? Task.REGRESS : Task.CLUSTER;
  }

  /** Gives the estimator the job file's parameters. */
  static void configure(ModelSpec spec, Estimator<?> estimator) {
    set(estimator, "featuresCol", Features.COLUMN);
    set(estimator, "predictionCol", Trainer.PREDICTION);
    set(estimator, "labelCol", Trainer.LABEL);
    set(estimator, "probabilityCol", Trainer.PROBABILITY);
    set(estimator, "rawPredictionCol", Trainer.RAW_PREDICTION);
    set(estimator, "seed", spec.seed());
    List<String> known = Arrays.stream(estimator.params()).map(Param::name).toList();
    spec.params()
        .forEach(
            (name, text) -> {
              String place = spec.place() + ".params." + name;
              if (!known.contains(name)) {
                throw JobException.mistake(
                    place + " is not known to " + spec.algorithm() + Nearest.hint(name, known));
              }
              try {
                set(estimator, name, value(estimator.getParam(name), text));
              } catch (IllegalArgumentException e) {
                throw JobException.mistake(place + ": '" + text + "' does not fit", e);
              }
            });
  }

  private static void set(Estimator<?> estimator, String name, Object value) {
    if (estimator.hasParam(name)) {
      estimator.set(estimator.getParam(name), value);
    }
  }

  private static Object value(Param<?> param, String text) {
    if (param instanceof IntParam) {
      return Integer.valueOf(text);
    }
    if (param instanceof LongParam) {
      return Long.valueOf(text);
    }
    if (param instanceof DoubleParam) {
      return Double.valueOf(text);
    }
    if (param instanceof FloatParam) {
      return Float.valueOf(text);
    }
    if (param instanceof BooleanParam) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new IllegalArgumentException(text);
      }
      return Boolean.valueOf(text);
    }
    String[] parts = text.split("\\s*,\\s*");
    if (param instanceof DoubleArrayParam) {
      return Arrays.stream(parts).mapToDouble(Double::parseDouble).toArray();
    }
    if (param instanceof IntArrayParam) {
      return Arrays.stream(parts).mapToInt(Integer::parseInt).toArray();
    }
    return param instanceof StringArrayParam ? parts : text;
  }
}
