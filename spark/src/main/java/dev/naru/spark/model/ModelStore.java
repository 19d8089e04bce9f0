package dev.naru.spark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;

/**
 * Models in a folder of any file system that Spark knows. Each has a folder with {@code pipeline},
 * which Spark ML loads anywhere, and {@code info.json}, which is written last: a model without it
 * was interrupted and does not count.
 */
final class ModelStore {
  private static final DateTimeFormatter VERSION =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String INFO = "info.json";
  private static final String PIPELINE = "pipeline";

  private final SparkSession session;
  private final Path folder;
  private final String fingerprint;
  private final int keep;

  /**
   * A store.
   *
   * @param fingerprint of what the job file says of the model; others' models are not loaded
   * @param keep how many models remain
   */
  ModelStore(SparkSession session, String folder, String fingerprint, int keep) {
    this.session = session;
    this.folder = new Path(folder);
    this.fingerprint = fingerprint;
    this.keep = keep;
  }

  static String version(long nowMs) {
    return VERSION.format(Instant.ofEpochMilli(nowMs));
  }

  /** The newest model that is complete and was trained as the job file says. */
  Optional<TrainedModel> newest() {
    try {
      for (Path model : newestFirst()) {
        JsonNode info = info(model);
        if (info != null && info.path("fingerprint").asText().equals(fingerprint)) {
          return Optional.of(load(model, info));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  void save(TrainedModel model) {
    try {
      Path place = new Path(folder, model.version());
      model
          .pipeline()
          .write()
          .overwrite()
          .session(session)
          .save(new Path(place, PIPELINE).toString());
      ObjectNode info = JSON.createObjectNode();
      info.put("version", model.version());
      info.put("trained_at_ms", model.trainedAtMs());
      info.put("fingerprint", fingerprint);
      info.put("rows", model.rows());
      ObjectNode metrics = info.putObject("metrics");
      model.metrics().forEach(metrics::put);
      try (OutputStream out = files().create(new Path(place, INFO), true)) {
        out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(info));
      }
      List<Path> models = newestFirst();
      for (Path old : models.subList(Math.min(keep, models.size()), models.size())) {
        files().delete(old, true);
      }
    } catch (IOException e) {
      throw failed("write", e);
    }
  }

  private TrainedModel load(Path model, JsonNode info) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    info.path("metrics")
        .properties()
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue().asDouble()));
    return new TrainedModel(
        info.path("version").asText(),
        info.path("trained_at_ms").asLong(),
        info.path("rows").asLong(),
        PipelineModel.read().session(session).load(new Path(model, PIPELINE).toString()),
        metrics);
  }

  private JsonNode info(Path model) throws IOException {
    Path file = new Path(model, INFO);
    if (!files().exists(file)) {
      return null;
    }
    try (InputStream in = files().open(file)) {
      return JSON.readTree(in);
    }
  }

  private List<Path> newestFirst() throws IOException {
    List<Path> models = new ArrayList<>();
    try {
      for (FileStatus status : files().listStatus(folder)) {
        if (status.isDirectory()) {
          models.add(status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    models.sort(Comparator.comparing(Path::getName).reversed());
    return models;
  }

  private FileSystem files() throws IOException {
    return folder.getFileSystem(session.sparkContext().hadoopConfiguration());
  }

  private UncheckedIOException failed(String what, IOException e) {
    return new UncheckedIOException("cannot " + what + " models in " + folder, e);
  }
}
