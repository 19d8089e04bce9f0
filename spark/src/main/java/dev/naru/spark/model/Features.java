package dev.naru.spark.model;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.ModelSpec;
import dev.naru.spark.job.ModelSpec.FeatureSpec;
import dev.naru.spark.job.Nearest;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.Imputer;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;

/**
 * The stages that make one vector of a row's columns. They are part of the model that is kept,
 * which therefore takes plain rows, here and in anybody's notebook.
 */
final class Features {
  /** Where the vector is. */
  static final String COLUMN = "__features";

  private final List<String> numbers = new ArrayList<>();
  private final List<String> categories = new ArrayList<>();
  private final List<PipelineStage> texts = new ArrayList<>();
  private final List<String> parts = new ArrayList<>();
  private final StringBuilder casts = new StringBuilder("SELECT *");

  private Features() {}

  static List<PipelineStage> stages(ModelSpec spec) {
    Features features = new Features();
    spec.features().forEach(features::add);
    return features.stages();
  }

  /** Refuses columns that rows do not have. */
  static void require(ModelSpec spec, String what, List<String> columns) {
    for (FeatureSpec feature : spec.features()) {
      for (String column : feature.columns()) {
        if (!columns.contains(column)) {
          throw JobException.mistake(
              spec.place()
                  + ".features names "
                  + column
                  + ", and the rows to "
                  + what
                  + " have no such column"
                  + Nearest.hint(column, columns));
        }
      }
    }
  }

  private void add(FeatureSpec feature) {
    for (String column : feature.columns()) {
      switch (feature.kind()) {
        case NUMBER ->
            numbers.add(cast("TRY_CAST(%s AS DOUBLE)", column, "__number_" + numbers.size()));
        case CATEGORY ->
            categories.add(
                cast(
                    "COALESCE(CAST(%s AS STRING), '')", column, "__category_" + categories.size()));
        case TEXT -> addText(column, feature.buckets());
      }
    }
  }

  private String cast(String sql, String column, String name) {
    String quoted = "`" + column.replace("`", "``") + "`";
    casts.append(", ").append(sql.replace("%s", quoted)).append(" AS ").append(name);
    return name;
  }

  private void addText(String column, int buckets) {
    String name = cast("COALESCE(CAST(%s AS STRING), '')", column, "__text_" + texts.size());
    texts.add(
        new RegexTokenizer()
            .setPattern("[^\\p{L}\\p{N}]+")
            .setInputCol(name)
            .setOutputCol(name + "_words"));
    texts.add(
        new HashingTF()
            .setNumFeatures(buckets)
            .setInputCol(name + "_words")
            .setOutputCol(name + "_counts"));
    texts.add(new IDF().setInputCol(name + "_counts").setOutputCol(name + "_weights"));
    parts.add(name + "_weights");
  }

  private List<PipelineStage> stages() {
    List<PipelineStage> stages = new ArrayList<>();
    stages.add(new SQLTransformer().setStatement(casts + " FROM __THIS__"));
    if (!numbers.isEmpty()) {
      String[] filled = suffixed(numbers, "_filled");
      stages.add(new Imputer().setInputCols(numbers.toArray(String[]::new)).setOutputCols(filled));
      stages.add(new VectorAssembler().setInputCols(filled).setOutputCol("__numbers"));
      // Not moved to a mean of nothing: some algorithms take no negative numbers.
      stages.add(new StandardScaler().setInputCol("__numbers").setOutputCol("__numbers_scaled"));
      parts.add("__numbers_scaled");
    }
    if (!categories.isEmpty()) {
      String[] indexed = suffixed(categories, "_index");
      String[] encoded = suffixed(categories, "_encoded");
      stages.add(
          new StringIndexer()
              .setInputCols(categories.toArray(String[]::new))
              .setOutputCols(indexed)
              .setHandleInvalid("keep"));
      stages.add(
          new OneHotEncoder()
              .setInputCols(indexed)
              .setOutputCols(encoded)
              .setHandleInvalid("keep"));
      parts.addAll(List.of(encoded));
    }
    stages.addAll(texts);
    stages.add(
        new VectorAssembler().setInputCols(parts.toArray(String[]::new)).setOutputCol(COLUMN));
    return stages;
  }

  private static String[] suffixed(List<String> names, String suffix) {
    return names.stream().map(name -> name + suffix).toArray(String[]::new);
  }
}
