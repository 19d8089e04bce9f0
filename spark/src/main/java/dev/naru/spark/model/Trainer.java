package dev.naru.spark.model;

import static org.apache.spark.sql.functions.col;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.ModelSpec;
import dev.naru.spark.job.Nearest;
import dev.naru.spark.model.Algorithms.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.ClusteringEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** Trains a model on rows, and judges it by rows that it was not trained on. */
final class Trainer {
  static final String LABEL = "__label";
  private static final String LABEL_WORD = "__label_word";
  static final String PREDICTION = "__prediction";
  static final String PROBABILITY = "__probability";
  static final String RAW_PREDICTION = "__raw_prediction";

  private final ModelSpec spec;
  private final Estimator<?> estimator;
  private final Task task;

  Trainer(ModelSpec spec) {
    this.spec = spec;
    this.estimator = Algorithms.create(spec);
    this.task = Algorithms.task(spec, estimator);
    Algorithms.configure(spec, estimator);
  }

  /**
   * What came of it.
   *
   * @param rows how many there were; the pipeline is null when that is too few
   * @param metrics by their names in Spark ML
   */
  record Trained(long rows, PipelineModel pipeline, Map<String, Double> metrics) {}

  Trained train(Dataset<Row> all) {
    List<String> columns = List.of(all.columns());
    Features.require(spec, "train on", columns);
    Dataset<Row> rows = all;
    if (spec.label().isPresent()) {
      String label = spec.label().get();
      if (!columns.contains(label)) {
        throw JobException.mistake(
            spec.place()
                + ".label names "
                + label
                + ", and the rows to train on have no such column"
                + Nearest.hint(label, columns));
      }
      rows = all.filter(quoted(label).isNotNull());
    }
    rows = rows.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long count = rows.count();
      return count < spec.minRows() ? new Trained(count, null, Map.of()) : fit(rows, count);
    } finally {
      rows.unpersist();
    }
  }

  private Trained fit(Dataset<Row> rows, long count) {
    List<PipelineStage> stages = new ArrayList<>(Features.stages(spec));
    stages.add(estimator);
    Dataset<Row> labelled = rows;
    if (task == Task.CLASSIFY) {
      Dataset<Row> worded =
          rows.withColumn(LABEL_WORD, quoted(spec.label().orElseThrow()).cast("string"));
      StringIndexerModel labels =
          new StringIndexer()
              .setInputCol(LABEL_WORD)
              .setOutputCol(LABEL)
              .setStringOrderType("alphabetAsc")
              .fit(worded);
      labelled = labels.transform(worded);
      stages.add(
          new IndexToString()
              .setInputCol(PREDICTION)
              .setOutputCol(TrainedModel.PREDICTED_WORD)
              .setLabels(labels.labelsArray()[0]));
    } else if (task == Task.REGRESS) {
      Column number = quoted(spec.label().orElseThrow()).try_cast("double");
      labelled = rows.withColumn(LABEL, number).filter(col(LABEL).isNotNull());
    }
    boolean split = task != Task.CLUSTER && spec.holdout() > 0;
    Dataset<Row> trainOn = labelled;
    Dataset<Row> judgeBy = labelled;
    if (split) {
      List<Dataset<Row>> parts =
          labelled.randomSplitAsList(
              new double[] {1 - spec.holdout(), spec.holdout()}, spec.seed());
      trainOn = parts.get(0);
      judgeBy = parts.get(1).isEmpty() ? trainOn : parts.get(1);
    }
    PipelineModel pipeline =
        new Pipeline().setStages(stages.toArray(PipelineStage[]::new)).fit(trainOn);
    return new Trained(count, pipeline, metrics(pipeline.transform(judgeBy)));
  }

  private Map<String, Double> metrics(Dataset<Row> judged) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    switch (task) {
      case CLASSIFY -> {
        MulticlassClassificationEvaluator evaluator =
            new MulticlassClassificationEvaluator().setLabelCol(LABEL).setPredictionCol(PREDICTION);
        metrics.put("accuracy", evaluator.setMetricName("accuracy").evaluate(judged));
        metrics.put("f1", evaluator.setMetricName("f1").evaluate(judged));
      }
      case REGRESS -> {
        RegressionEvaluator evaluator =
            new RegressionEvaluator().setLabelCol(LABEL).setPredictionCol(PREDICTION);
        metrics.put("rmse", evaluator.setMetricName("rmse").evaluate(judged));
        metrics.put("r2", evaluator.setMetricName("r2").evaluate(judged));
      }
      case CLUSTER -> {
        // Of one cluster there is nothing to say.
        if (judged.select(col(PREDICTION)).distinct().count() > 1) {
          metrics.put(
              "silhouette",
              new ClusteringEvaluator()
                  .setFeaturesCol(Features.COLUMN)
                  .setPredictionCol(PREDICTION)
                  .evaluate(judged));
        }
      }
    }
    return metrics;
  }

  private static Column quoted(String column) {
    return col("`" + column.replace("`", "``") + "`");
  }
}
