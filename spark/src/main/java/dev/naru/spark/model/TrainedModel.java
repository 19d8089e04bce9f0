package dev.naru.spark.model;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.clustering.BisectingKMeansModel;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * A model that can be applied. Immutable.
 *
 * @param version its name in the store, which every row that it scored has too
 * @param trainedAtMs when
 * @param rows how many rows it was made from
 * @param pipeline from plain rows to predictions
 * @param metrics how good it is
 */
record TrainedModel(
    String version,
    long trainedAtMs,
    long rows,
    PipelineModel pipeline,
    Map<String, Double> metrics) {
  static final String PREDICTED_WORD = "__predicted_word";

  /** What a model adds to a row; which of them depends on the algorithm. */
  static final List<String> ADDED =
      List.of("prediction", "confidence", "probabilities", "distance", "model");

  /** The rows with {@code prediction} and what else the algorithm tells. */
  Dataset<Row> score(Dataset<Row> plain) {
    Dataset<Row> scored = pipeline.transform(plain);
    List<String> there = List.of(scored.columns());
    List<Column> columns = new ArrayList<>();
    for (String column : plain.columns()) {
      columns.add(col("`" + column.replace("`", "``") + "`"));
    }
    boolean word = there.contains(PREDICTED_WORD);
    columns.add(col(word ? PREDICTED_WORD : Trainer.PREDICTION).as("prediction"));
    if (there.contains(Trainer.PROBABILITY)) {
      Column probabilities =
          org.apache.spark.ml.functions.vector_to_array(col(Trainer.PROBABILITY), "float64");
      columns.add(functions.array_max(probabilities).as("confidence"));
      if (word) {
        columns.add(functions.map_from_arrays(labels(), probabilities).as("probabilities"));
      }
    }
    Vector[] centers = centers();
    if (centers != null) {
      columns.add(distance(centers).as("distance"));
    }
    columns.add(lit(version).as("model"));
    return scored.select(columns.toArray(Column[]::new));
  }

  private Column labels() {
    for (Transformer stage : pipeline.stages()) {
      if (stage instanceof IndexToString words) {
        return functions.array(
            Arrays.stream(words.getLabels()).map(functions::lit).toArray(Column[]::new));
      }
    }
    throw new IllegalStateException("a model without words predicts words");
  }

  private Vector[] centers() {
    for (Transformer stage : pipeline.stages()) {
      if (stage instanceof KMeansModel model) {
        return model.clusterCenters();
      }
      if (stage instanceof BisectingKMeansModel model) {
        return model.clusterCenters();
      }
    }
    return null;
  }

  /** How far a row is from the middle of its cluster: what is far from all is an anomaly. */
  private static Column distance(Vector[] centers) {
    UDF2<Vector, Integer, Double> distance =
        (row, cluster) -> Math.sqrt(Vectors.sqdist(row, centers[cluster]));
    return functions
        .udf(distance, DataTypes.DoubleType)
        .apply(col(Features.COLUMN), col(Trainer.PREDICTION));
  }
}
