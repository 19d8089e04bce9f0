package dev.naru.proving.apache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The test classes that are run: the quick ones always, the others with {@code --soak}. Lines of
 * {@code classes.txt}: {@code [quick]}, {@code [soak]}, a class, a comment after {@code #}.
 */
record ClassLists(List<String> quick, List<String> soak) {
  static ClassLists load() {
    List<String> quick = new ArrayList<>();
    List<String> soak = new ArrayList<>();
    List<String> current = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                ClassLists.class.getResourceAsStream("classes.txt"), StandardCharsets.UTF_8))) {
      for (String line : lines.lines().toList()) {
        String text = line.replaceFirst("#.*", "").strip();
        if (text.equals("[quick]")) {
          current = quick;
        } else if (text.equals("[soak]")) {
          current = soak;
        } else if (!text.isEmpty()) {
          current.add(text);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ClassLists(List.copyOf(quick), List.copyOf(soak));
  }
}
