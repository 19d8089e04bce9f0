package dev.naru.spark.job;

import dev.naru.spark.job.ModelSpec.FeatureSpec;
import dev.naru.spark.job.ModelSpec.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Reads the job file's model. */
final class ModelReader {
  private final Section model;
  private final String job;
  private final Set<String> views;
  private final Supplier<String> sole;

  ModelReader(Section model, String job, Set<String> views, Supplier<String> sole) {
    this.model = model;
    this.job = job;
    this.views = views;
    this.sole = sole;
  }

  ModelSpec read() {
    String algorithm = model.required("algorithm", "a name such as logistic-regression or kmeans");
    Optional<String> score = model.text("score");
    score.ifPresent(view -> JobFile.known(model, "score", view, views));
    ModelSpec spec =
        new ModelSpec(
            model.place().words(),
            algorithm,
            model.properties("params"),
            features(),
            model.text("label"),
            model.text("train"),
            score.orElseGet(sole),
            model.text("output"),
            model.fraction("holdout", 0.2),
            model.duration("retrain"),
            model.number("min-rows", 100, 2, Long.MAX_VALUE),
            model.text("store").orElse("naru-data/spark/" + job + "/models"),
            (int) model.number("keep", 3, 1, 1_000),
            model.number("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
    model.end();
    return spec;
  }

  private List<FeatureSpec> features() {
    List<FeatureSpec> features = new ArrayList<>();
    for (Section section : model.sections("features")) {
      int before = features.size();
      add(features, Kind.NUMBER, section, "number");
      add(features, Kind.CATEGORY, section, "category");
      add(features, Kind.TEXT, section, "text");
      if (features.size() != before + 1) {
        throw section
            .place()
            .mistake("wants one of number, category, text, with a column or a list of them");
      }
      if (section.has("buckets") && features.get(before).kind() != Kind.TEXT) {
        throw section.place("buckets").mistake("is for texts");
      }
      section.end();
    }
    if (features.isEmpty()) {
      throw model.missing("features", "it wants columns, such as '- number: [amount, count]'");
    }
    return features;
  }

  private static void add(List<FeatureSpec> features, Kind kind, Section section, String field) {
    List<String> columns = section.texts(field);
    if (!columns.isEmpty()) {
      features.add(
          new FeatureSpec(kind, columns, (int) section.number("buckets", 4_096, 2, 1 << 24)));
    }
  }
}
