package dev.naru.spark.job;

import dev.naru.spark.job.JobSpec.StepSpec;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a job file. What is wrong with it is one sentence with the line and the path. */
public final class JobFile {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final Pattern VIEW = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
  private static final String DEFAULT_BOOTSTRAP = "127.0.0.1:9092";
  private static final int FILE_CHARS_MAX = 1 << 20;

  private final Section job;
  private final Set<String> views = new LinkedHashSet<>();

  private JobFile(Section job) {
    this.job = job;
  }

  /**
   * Reads a file.
   *
   * @param bootstrap instead of the file's, or null
   * @param once whether a stream is to end when it has read what is there, whatever the file says
   * @param environment what {@code ${env:…}} stands for
   * @throws JobException when something is wrong with it
   */
  public static JobSpec read(
      Path file, String bootstrap, boolean once, Map<String, String> environment) {
    return new JobFile(
            new Section(
                new Place(file.toString(), 1, ""), root(file), new Substitution(environment)))
        .spec(bootstrap, once);
  }

  private static MappingNode root(Path file) {
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      LoadSettings settings =
          LoadSettings.builder().setCodePointLimit(FILE_CHARS_MAX).setLabel("job").build();
      Optional<Node> root = new Compose(settings).composeReader(reader);
      if (root.isPresent() && root.get() instanceof MappingNode mapping) {
        return mapping;
      }
      throw JobException.mistake(
          file + ":1: the job file wants fields with names, such as 'name: value'");
    } catch (NoSuchFileException e) {
      throw JobException.mistake("there is no job file " + file, e);
    } catch (IOException e) {
      throw JobException.mistake("cannot read the job file " + file + ": " + e.getMessage(), e);
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
      throw JobException.mistake(file + line + ": this is not YAML: " + e.getProblem(), e);
    } catch (YamlEngineException e) {
      throw JobException.mistake(file + ": this is not YAML: " + e.getMessage(), e);
    }
  }

  private JobSpec spec(String bootstrap, boolean once) {
    String name = matching(job, "name", job.required("name", "a name such as pages-by-hour"), NAME);
    boolean streaming = job.choice("mode", "stream", "stream", "batch").equals("stream");
    List<String> streamOnly = List.of("trigger", "checkpoint");
    for (String field : streamOnly) {
      if (!streaming && job.has(field)) {
        throw job.place(field).mistake("is for mode: stream, and this job's mode is batch");
      }
    }
    String trigger = job.text("trigger").orElse("1 second");
    boolean available = once || trigger.equals("available-now");
    Optional<Duration> every =
        available ? Optional.empty() : Optional.of(Durations.parse(job.place("trigger"), trigger));
    String checkpoint = job.text("checkpoint").orElse("naru-data/spark/" + name + "/checkpoint");
    String given = job.text("bootstrap").orElse(DEFAULT_BOOTSTRAP);
    Map<String, String> kafka = job.properties("kafka");
    Map<String, String> spark = job.properties("spark");
    List<String> jars = job.texts("jars");
    List<SourceSpec> sources = sources();
    if (!streaming) {
      refuseLatest(sources);
    }
    List<StepSpec> steps = steps();
    Optional<ModelSpec> model =
        job.section("model")
            .map(section -> new ModelReader(section, name, views, this::sole).read());
    if (model.isPresent()) {
      views.add(ModelSpec.SCORED);
    }
    List<SinkSpec> sinks = sinks(model.isPresent());
    job.end();
    return new JobSpec(
        name,
        streaming,
        every,
        available,
        checkpoint,
        bootstrap == null ? given : bootstrap,
        kafka,
        spark,
        jars,
        sources,
        steps,
        model,
        sinks);
  }

  private List<SourceSpec> sources() {
    List<SourceSpec> sources = new ArrayList<>();
    job.named("sources")
        .forEach(
            (view, section) -> {
              newView(section.place(), view);
              sources.add(SourceReader.read(view, section));
            });
    if (sources.isEmpty()) {
      throw job.missing("sources", "it wants at least one view and its topic");
    }
    return sources;
  }

  private void refuseLatest(List<SourceSpec> sources) {
    for (SourceSpec source : sources) {
      if (source.start().offsets().equals("latest")) {
        throw JobException.mistake(
            source.place() + ".from cannot be latest with mode: batch, which reads what is there");
      }
    }
  }

  private List<StepSpec> steps() {
    List<StepSpec> steps = new ArrayList<>();
    for (Section section : job.sections("transform")) {
      String view = section.text("view").orElse("result");
      newView(section.place(), view);
      Optional<String> sql = section.text("sql");
      Optional<String> className = section.text("class");
      Map<String, String> options = section.properties("options");
      section.end();
      if (sql.isPresent() == className.isPresent()) {
        throw section.place().mistake("wants either sql or class");
      }
      if (sql.isPresent() && !options.isEmpty()) {
        throw section.place("options").mistake("is for a class, and this is sql");
      }
      steps.add(
          new StepSpec(
              section.place().words(), view, sql.orElse(null), className.orElse(null), options));
    }
    return steps;
  }

  private List<SinkSpec> sinks(boolean modelled) {
    List<SinkSpec> sinks = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (Section section : job.sections("sinks")) {
      String view =
          section.text("view").orElseGet(() -> modelled ? ModelSpec.SCORED : sole(section));
      known(section, "view", view, views);
      SinkSpec sink = SinkReader.read(section, view);
      matching(section, "name", sink.common().name(), NAME);
      if (!names.add(sink.common().name())) {
        throw section
            .place("name")
            .mistake(
                "is needed, and different from the other sinks': two are " + sink.common().name());
      }
      sinks.add(sink);
    }
    if (sinks.isEmpty()) {
      throw job.missing("sinks", "it wants at least one topic, table, files or console");
    }
    return sinks;
  }

  /** The view that is meant when none is named: the last step's, or the only source's. */
  private String sole() {
    return sole(job);
  }

  private String sole(Section section) {
    boolean stepped = job.has("transform");
    if (!stepped && views.size() > 1) {
      throw section
          .place("view")
          .mistake(
              "is missing; with several sources and no transform it is one of "
                  + String.join(", ", views));
    }
    return views.stream().reduce((first, second) -> second).orElseThrow();
  }

  private void newView(Place place, String view) {
    if (!VIEW.matcher(view).matches()) {
      throw place.mistake(
          "wants a view's name of letters, digits and underscores, not '" + view + "'");
    }
    if (view.equals(ModelSpec.SCORED)) {
      throw place.mistake("cannot be a view called scored: that is what a model's rows are called");
    }
    if (!views.add(view)) {
      throw place.mistake("is the second view called " + view);
    }
  }

  static void known(Section section, String field, String view, Set<String> views) {
    if (!views.contains(view)) {
      throw section
          .place(field)
          .mistake("names the view " + view + ", and there is none" + Nearest.hint(view, views));
    }
  }

  private static String matching(Section section, String field, String text, Pattern pattern) {
    if (!pattern.matcher(text).matches()) {
      throw section
          .place(field)
          .mistake("wants letters, digits, dots, dashes and underscores, not '" + text + "'");
    }
    return text;
  }
}
