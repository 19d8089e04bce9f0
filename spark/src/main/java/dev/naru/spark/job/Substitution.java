package dev.naru.spark.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What may stand for a value in the job file, so that no password has to: {@code ${env:NAME}},
 * {@code ${env:NAME:-otherwise}} and {@code ${file:PATH}}.
 *
 * @param environment the variables
 */
record Substitution(Map<String, String> environment) {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(env|file):([^}]*?)(?::-([^}]*))?}");

  String apply(Place place, String text) {
    if (!text.contains("${")) {
      return text;
    }
    Matcher reference = REFERENCE.matcher(text);
    StringBuilder replaced = new StringBuilder();
    while (reference.find()) {
      String value =
          reference.group(1).equals("env")
              ? variable(place, reference.group(2), reference.group(3))
              : file(place, reference.group(2));
      reference.appendReplacement(replaced, Matcher.quoteReplacement(value));
    }
    return reference.appendTail(replaced).toString();
  }

  private String variable(Place place, String name, String otherwise) {
    String value = environment.getOrDefault(name, otherwise);
    if (value == null) {
      throw place.mistake("wants the environment variable " + name + ", which is not set");
    }
    return value;
  }

  private static String file(Place place, String path) {
    try {
      return Files.readString(Path.of(path)).strip();
    } catch (IOException | InvalidPathException e) {
      throw place.mistake("wants the file " + path + ", which cannot be read");
    }
  }
}
