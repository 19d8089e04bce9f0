package dev.naru.proving.apache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A checked-in list of tests, each with a reason. Lines: {@code # REASON} stands over the names
 * that it is true of; {@code ## COMMENT}; {@code NAME}, in which {@code *} stands for any
 * characters.
 */
final class ReasonedList {
  private final Map<String, String> reasons;

  private ReasonedList(Map<String, String> reasons) {
    this.reasons = reasons;
  }

  /** The list in a resource beside this class. */
  static ReasonedList load(String resource) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                ReasonedList.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      return parse(lines.lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ReasonedList parse(Iterable<String> lines) {
    Map<String, String> reasons = new LinkedHashMap<>();
    String reason = "";
    boolean open = false;
    for (String line : lines) {
      String text = line.strip();
      boolean comment = text.startsWith("#") && !text.startsWith("##");
      if (comment) {
        String part = text.substring(1).strip();
        reason = open ? reason + " " + part : part;
      } else if (!text.isEmpty() && !text.startsWith("##")) {
        if (reason.isEmpty()) {
          throw new IllegalArgumentException(text + " has no reason");
        }
        if (reasons.put(text, reason) != null) {
          throw new IllegalArgumentException(text + " is there twice");
        }
      }
      open = comment;
    }
    return new ReasonedList(reasons);
  }

  /** The reason for a test, or null when it is not on the list. */
  String reason(String id) {
    String exact = reasons.get(id);
    if (exact != null) {
      return exact;
    }
    return reasons.entrySet().stream()
        .filter(e -> matches(e.getKey(), id))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  Set<String> names() {
    return reasons.keySet();
  }

  static boolean matches(String name, String id) {
    if (!name.contains("*")) {
      return name.equals(id);
    }
    String pattern =
        Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
    return id.matches(pattern);
  }
}
