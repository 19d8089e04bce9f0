package dev.naru.spark.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.spark.job.SinkSpec.TableMode;
import dev.naru.spark.job.SourceSpec.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JobFileTest {
  private static final String JOB =
      """
      name: hours
      checkpoint: /tmp/c
      sources:
        pages:
          topic: pages
          schema: url STRING, at TIMESTAMP
          watermark: {column: at, delay: 10 minutes}
      transform:
        sql: SELECT url FROM pages
      sinks:
        - table: hours
          url: jdbc:postgresql://127.0.0.1/test
          password: ${env:SECRET:-none}
          mode: upsert
          keys: url
      """;

  @TempDir private Path folder;

  @Test
  void whatIsLeftOutHasASensibleValue() {
    JobSpec job = read(JOB);
    assertTrue(job.streaming());
    assertFalse(job.once());
    assertEquals(Duration.ofSeconds(1), job.trigger().orElseThrow());
    assertEquals("127.0.0.1:9092", job.bootstrap());
    SourceSpec source = job.sources().get(0);
    assertEquals(Format.JSON, source.format());
    assertEquals(Duration.ofMinutes(10), source.watermark().orElseThrow().delay());
    assertEquals("earliest", source.start().offsets());
    SinkSpec.Table table = (SinkSpec.Table) job.sinks().get(0);
    assertEquals(TableMode.UPSERT, table.mode());
    assertEquals("update", table.common().output());
    assertEquals("result", table.common().view());
    assertEquals("table-hours", table.common().name());
    assertEquals(List.of("url"), table.keys());
    assertEquals("none", table.password().orElseThrow());
  }

  @Test
  void theEnvironmentStandsForSecrets() {
    JobSpec job = read(JOB, Map.of("SECRET", "s3cret"));
    SinkSpec.Table table = (SinkSpec.Table) job.sinks().get(0);
    assertEquals("s3cret", table.password().orElseThrow());
    assertFalse(job.toString().contains("s3cret") || table.toString().contains("s3cret"));
  }

  @Test
  void optionsWinOverTheFile() throws IOException {
    JobSpec job = JobFile.read(write(JOB), "other:9092", true, Map.of());
    assertEquals("other:9092", job.bootstrap());
    assertTrue(job.once());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\1',
      value = {
        "name: hours          | nam: hours             | job.yaml:1: nam is not known; did you mean name?",
        "name: hours          | name: a/b              | job.yaml:1: name wants letters, digits, dots",
        "checkpoint: /tmp/c   | chekpoint: /tmp/c      | job.yaml:2: chekpoint is not known; did you mean checkpoint?",
        "checkpoint: /tmp/c   | mode: strean           | mode is one of stream, batch, not 'strean'; did you mean stream?",
        "name: hours          | {name: hours, mode: batch | this is not YAML",
        "checkpoint: /tmp/c   | trigger: soon          | trigger wants a duration such as 10 seconds",
        "checkpoint: /tmp/c   | name: again            | job.yaml:2: name is there twice",
        "topic: pages         | topik: pages           | job.yaml:5: sources.pages.topik is not known; did you mean topic?",
        "topic: pages         | topic: [[a]]           | sources.pages.topic[0] wants a single value",
        "topic: pages         | topic:                 | sources.pages.topic has no value",
        "schema: url          | shema: url             | sources.pages.shema is not known; did you mean schema?",
        "delay: 10 minutes    | dely: 10 minutes       | sources.pages.watermark.dely is not known; did you mean delay?",
        "delay: 10 minutes    | delay: 10 lightyears   | sources.pages.watermark.delay wants a duration",
        "sql: SELECT          | squl: SELECT           | job.yaml:9: transform.squl is not known; did you mean sql?",
        "table: hours         | tabel: hours           | sinks[0].tabel is not known; did you mean table?",
        "jdbc:postgresql:     | postgresql:            | sinks[0].url wants a JDBC URL",
        "name: hours          | # no name              | job.yaml:1: name is missing; it wants a name such as",
        "table: hours         | view: pages            | sinks[0] wants one of topic, table, files, console",
        "keys: url            | batch-rows: 10         | sinks[0].keys is missing; upsert wants",
        "mode: upsert         | batch-rows: none       | sinks[0].batch-rows wants a number",
        "mode: upsert         | mode: merge            | sinks[0].mode is one of append, upsert, complete, not 'merge'",
        "mode: upsert         | view: pags             | sinks[0].view names the view pags, and there is none; did you mean pages?",
        ":-none}              | }                      | wants the environment variable SECRET, which is not set",
        "pages:               | pa-ges:                | sources.pa-ges wants a view's name of letters",
        "pages:               | scored:                | cannot be a view called scored",
      })
  void aMistakeIsToldWithItsPlace(String from, String to, String sentence) {
    String text = JOB.replace(from.strip(), to.strip());
    assertFalse(text.equals(JOB), "the mistake is in the file");
    JobException e = assertThrows(JobException.class, () -> read(text));
    assertTrue(e.getMessage().contains(sentence.strip()), e.getMessage());
    assertEquals(1, e.getMessage().lines().count());
    assertEquals(2, e.exitCode());
  }

  @Test
  void aBatchHasNoCheckpointAndDoesNotBeginAtTheEnd() {
    String batch = JOB.replace("checkpoint: /tmp/c", "mode: batch");
    assertFalse(read(batch).streaming());
    JobException checkpoint =
        assertThrows(JobException.class, () -> read(batch + "checkpoint: /tmp/c\n"));
    assertTrue(checkpoint.getMessage().contains("is for mode: stream"), checkpoint.getMessage());
    String latest = batch.replace("topic: pages", "topic: pages\n    from: latest");
    JobException from = assertThrows(JobException.class, () -> read(latest));
    assertTrue(
        from.getMessage().contains("sources.pages.from cannot be latest"), from.getMessage());
  }

  @Test
  void aModelScoresTheLastViewUnlessItIsToldOther() {
    String model =
        """
        model:
          algorithm: kmeans
          features:
            - number: [a, b]
            - text: url
              buckets: 16
          params: {k: 3}
          retrain: 1 hour
        """;
    JobSpec job = read(JOB + model);
    ModelSpec spec = job.model().orElseThrow();
    assertEquals("result", spec.score());
    assertEquals(Map.of("k", "3"), spec.params());
    assertEquals(16, spec.features().get(1).buckets());
    assertEquals(Duration.ofHours(1), spec.retrain().orElseThrow());
    assertEquals(ModelSpec.SCORED, job.sinks().get(0).common().view());
    JobException buckets =
        assertThrows(
            JobException.class, () -> read(JOB + model.replace("text: url", "category: url")));
    assertTrue(
        buckets.getMessage().contains("model.features[1].buckets is for texts"),
        buckets.getMessage());
  }

  @Test
  void aFileThatIsNotThereIsSaid() {
    JobException e =
        assertThrows(
            JobException.class,
            () -> JobFile.read(folder.resolve("none.yaml"), null, false, Map.of()));
    assertTrue(e.getMessage().startsWith("there is no job file "), e.getMessage());
  }

  static Stream<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "examples", "spark"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesAreWellFormed(Path example) {
    JobSpec job = JobFile.read(example, null, false, Map.of());
    assertEquals(example.getFileName().toString(), job.name() + ".yaml");
  }

  private JobSpec read(String text) {
    return read(text, Map.of());
  }

  private JobSpec read(String text, Map<String, String> environment) {
    try {
      return JobFile.read(write(text), null, false, environment);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("job.yaml"), text);
  }
}
