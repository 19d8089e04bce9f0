package dev.naru.spark.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping of the job file. What was asked of it is what it may have: {@link #end()} refuses the
 * rest. Every mistake is told with the file, the line and the path. Not for use by two threads.
 */
final class Section {
  private final Place place;
  private final Substitution substitution;
  private final Map<String, Node> fields = new LinkedHashMap<>();
  private final TreeSet<String> known = new TreeSet<>();

  Section(Place place, MappingNode node, Substitution substitution) {
    this.place = place;
    this.substitution = substitution;
    for (NodeTuple field : node.getValue()) {
      if (!(field.getKeyNode() instanceof ScalarNode name)) {
        throw place.at(field.getKeyNode()).mistake("wants plain names for its fields");
      }
      if (fields.put(name.getValue(), field.getValueNode()) != null) {
        throw place.field(name.getValue(), name).mistake("is there twice");
      }
    }
  }

  /** Where the section is, for what is said of it as a whole. */
  Place place() {
    return place;
  }

  /** Where a field is, or would be. */
  Place place(String field) {
    Node node = fields.get(field);
    return node == null ? place.field(field, null) : place.field(field, node);
  }

  boolean has(String field) {
    known.add(field);
    return fields.containsKey(field);
  }

  Optional<String> text(String field) {
    known.add(field);
    Node node = fields.get(field);
    return node == null ? Optional.empty() : Optional.of(scalar(place.field(field, node), node));
  }

  String required(String field, String example) {
    return text(field)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> missing(field, "it wants " + example));
  }

  /** A field that has to be there and is not; most likely it is there under a wrong name. */
  JobException missing(String field, String wanted) {
    return misspelt(List.of(field)).orElseGet(() -> place(field).mistake("is missing; " + wanted));
  }

  /** A field whose name is near one of these, and that nobody has asked for. */
  Optional<JobException> misspelt(List<String> wanted) {
    for (Map.Entry<String, Node> field : fields.entrySet()) {
      String hint = Nearest.hint(field.getKey().toLowerCase(Locale.ROOT), wanted);
      if (!known.contains(field.getKey()) && !hint.isEmpty()) {
        return Optional.of(
            place.field(field.getKey(), field.getValue()).mistake("is not known" + hint));
      }
    }
    return Optional.empty();
  }

  /** One of these words. */
  String choice(String field, String otherwise, String... choices) {
    String word = text(field).orElse(otherwise);
    if (word == null) {
      throw missing(field, "it is one of " + String.join(", ", choices));
    }
    if (!List.of(choices).contains(word)) {
      throw place(field)
          .mistake(
              "is one of "
                  + String.join(", ", choices)
                  + ", not '"
                  + word
                  + "'"
                  + Nearest.hint(word, List.of(choices)));
    }
    return word;
  }

  boolean flag(String field, boolean otherwise) {
    return switch (text(field).orElse(Boolean.toString(otherwise))) {
      case "true" -> true;
      case "false" -> false;
      default -> throw place(field).mistake("wants true or false");
    };
  }

  long number(String field, long otherwise, long least, long most) {
    Optional<String> text = text(field);
    try {
      long number = text.isEmpty() ? otherwise : Long.parseLong(text.get().replace("_", ""));
      if (text.isEmpty() || (number >= least && number <= most)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw place(field)
        .mistake("wants a number from " + least + " to " + most + ", not '" + text.get() + "'");
  }

  double fraction(String field, double otherwise) {
    Optional<String> text = text(field);
    try {
      double number = text.isEmpty() ? otherwise : Double.parseDouble(text.get());
      if (number >= 0 && number < 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw place(field).mistake("wants a number from 0 to less than 1, not '" + text.get() + "'");
  }

  Optional<Duration> duration(String field) {
    return text(field).map(text -> Durations.parse(place(field), text));
  }

  /** A list of words; a single one may stand without the list. */
  List<String> texts(String field) {
    known.add(field);
    Node node = fields.get(field);
    if (node == null) {
      return List.of();
    }
    Place where = place.field(field, node);
    List<String> texts = new ArrayList<>();
    if (node instanceof SequenceNode sequence) {
      for (Node each : sequence.getValue()) {
        texts.add(scalar(where.item(texts.size(), each), each));
      }
    } else {
      texts.add(scalar(where, node));
    }
    return List.copyOf(texts);
  }

  /** Names and values as the file has them, in its order. */
  Map<String, String> properties(String field) {
    known.add(field);
    Node node = fields.get(field);
    if (node == null) {
      return Map.of();
    }
    Section section = section(place.field(field, node), node);
    Map<String, String> properties = new LinkedHashMap<>();
    section.fields.keySet().forEach(name -> properties.put(name, section.text(name).orElseThrow()));
    return properties;
  }

  Optional<Section> section(String field) {
    known.add(field);
    Node node = fields.get(field);
    return node == null ? Optional.empty() : Optional.of(section(place.field(field, node), node));
  }

  /** Sections by their names. */
  Map<String, Section> named(String field) {
    Map<String, Section> sections = new LinkedHashMap<>();
    section(field)
        .ifPresent(
            all ->
                all.fields.forEach(
                    (name, node) ->
                        sections.put(name, section(all.place.field(name, node), node))));
    return sections;
  }

  /** A list of sections; a single one may stand without the list. */
  List<Section> sections(String field) {
    known.add(field);
    Node node = fields.get(field);
    if (node == null) {
      return List.of();
    }
    Place where = place.field(field, node);
    if (!(node instanceof SequenceNode sequence)) {
      return List.of(section(where, node));
    }
    List<Section> sections = new ArrayList<>();
    for (Node each : sequence.getValue()) {
      sections.add(section(where.item(sections.size(), each), each));
    }
    return sections;
  }

  /** Refuses what nobody asked for. */
  void end() {
    for (Map.Entry<String, Node> field : fields.entrySet()) {
      if (!known.contains(field.getKey())) {
        String hint = Nearest.hint(field.getKey().toLowerCase(Locale.ROOT), known);
        throw place
            .field(field.getKey(), field.getValue())
            .mistake(
                "is not known"
                    + (hint.isEmpty() ? "; known are " + String.join(", ", known) : hint));
      }
    }
  }

  private Section section(Place where, Node node) {
    if (node instanceof MappingNode mapping) {
      return new Section(where, mapping, substitution);
    }
    throw where.mistake("wants fields with names, such as 'name: value', below it");
  }

  private String scalar(Place where, Node node) {
    if (!(node instanceof ScalarNode scalar)) {
      throw where.mistake("wants a single value");
    }
    if (scalar.getTag().equals(Tag.NULL)) {
      throw where.mistake("has no value");
    }
    return substitution.apply(where, scalar.getValue());
  }
}
