package dev.naru.spark.model;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.ModelSpec;
import dev.naru.spark.model.Trainer.Trained;
import dev.naru.spark.view.Views;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The job's model, and the next one. A model that has become too old goes on scoring while another
 * one is trained by a thread of its own; a batch is scored by one model, whose name its rows have.
 * {@link #score} may be called by several threads.
 */
public final class Models implements AutoCloseable {
  private static final int FINGERPRINT_BYTES = 8;
  private static final long LOOK_AGAIN_S = 10;

  private final SparkSession root;
  private final JobSpec job;
  private final ModelSpec spec;
  private final Consumer<String> say;
  private final ModelStore store;
  private final ExecutorService training =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "naru-training");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicBoolean isTraining = new AtomicBoolean();
  private volatile TrainedModel current;
  private volatile long triedMs;

  /**
   * A model that is not there yet; {@link #begin} gets it.
   *
   * @param say takes lines for people
   */
  public Models(SparkSession root, JobSpec job, ModelSpec spec, Consumer<String> say) {
    this.root = root;
    this.job = job;
    this.spec = spec;
    this.say = say;
    this.store = new ModelStore(root, spec.store(), fingerprint(job, spec), spec.keep());
    new Trainer(spec); // Says at once what makes no sense.
  }

  /** Loads the last model, or trains the first one; a stream waits for enough rows to do so. */
  public void begin() throws InterruptedException {
    Optional<TrainedModel> kept = job.streaming() ? store.newest() : Optional.empty();
    if (kept.isPresent()) {
      current = kept.get();
      triedMs = current.trainedAtMs();
      say.accept("model " + current.version() + " of before: " + told(current));
      return;
    }
    long saidRows = -1;
    while (true) {
      Trained trained = train();
      if (trained.pipeline() != null) {
        take(trained);
        return;
      }
      String few =
          String.format(
              Locale.ROOT,
              "%,d rows to train on, and min-rows is %,d",
              trained.rows(),
              spec.minRows());
      if (!job.streaming() || job.once()) {
        throw JobException.failure("model: there are only " + few);
      }
      if (trained.rows() != saidRows) {
        say.accept("model waits: " + few);
        saidRows = trained.rows();
      }
      TimeUnit.SECONDS.sleep(LOOK_AGAIN_S);
    }
  }

  /** The rows with what the model says of them, as the job file's {@code output} wants them. */
  public Dataset<Row> score(Dataset<Row> rows) {
    trainAgainWhenDue(System.currentTimeMillis());
    List<String> columns = List.of(rows.columns());
    Features.require(spec, "score", columns);
    for (String added : TrainedModel.ADDED) {
      if (columns.contains(added)) {
        throw JobException.mistake(
            spec.place()
                + ": the rows to score have a column "
                + added
                + ", which is what the model adds; give it another name");
      }
    }
    Dataset<Row> scored = current.score(rows);
    if (spec.output().isEmpty()) {
      return scored;
    }
    scored.createOrReplaceTempView(ModelSpec.SCORED);
    String place = spec.place() + ".output";
    return Views.checked(place, () -> rows.sparkSession().sql(spec.output().get()));
  }

  private void trainAgainWhenDue(long nowMs) {
    if (spec.retrain().isEmpty()
        || !job.streaming()
        || nowMs - triedMs < spec.retrain().get().toMillis()
        || !isTraining.compareAndSet(false, true)) {
      return;
    }
    triedMs = nowMs;
    training.execute(
        () -> {
          try {
            // Beside the batches, which it would otherwise come before.
            root.sparkContext().setLocalProperty("spark.scheduler.pool", "training");
            Trained trained = train();
            if (trained.pipeline() != null) {
              take(trained);
            }
          } catch (Exception e) {
            // The model of before goes on; the next time may go better.
            say.accept(
                "model " + current.version() + " goes on, training failed: " + e.getMessage());
          } finally {
            isTraining.set(false);
          }
        });
  }

  private Trained train() {
    SparkSession session = Views.history(root, job);
    String sql = spec.train().orElse("SELECT * FROM " + spec.score());
    Dataset<Row> rows = Views.checked(spec.place() + ".train", () -> session.sql(sql));
    return new Trainer(spec).train(rows);
  }

  private void take(Trained trained) {
    long nowMs = System.currentTimeMillis();
    TrainedModel model =
        new TrainedModel(
            ModelStore.version(nowMs),
            nowMs,
            trained.rows(),
            trained.pipeline(),
            trained.metrics());
    store.save(model);
    current = model;
    triedMs = nowMs;
    say.accept("model " + model.version() + " trained: " + told(model));
  }

  private static String told(TrainedModel model) {
    String metrics =
        model.metrics().entrySet().stream()
            .map(
                metric -> String.format(Locale.ROOT, "%s %.3f", metric.getKey(), metric.getValue()))
            .collect(Collectors.joining(", "));
    return String.format(Locale.ROOT, "%,d rows", model.rows())
        + (metrics.isEmpty() ? "" : ", " + metrics);
  }

  /** Of everything that makes a model another model. */
  private static String fingerprint(JobSpec job, ModelSpec spec) {
    String all =
        String.join(
            "\n",
            spec.algorithm(),
            spec.params().toString(),
            spec.features().toString(),
            spec.label().toString(),
            spec.train().toString(),
            job.steps().toString(),
            spec.score(),
            Double.toString(spec.holdout()),
            Long.toString(spec.seed()));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public void close() {
    training.shutdownNow();
  }
}
