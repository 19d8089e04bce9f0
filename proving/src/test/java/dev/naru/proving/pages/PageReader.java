package dev.naru.proving.pages;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the blocks of a page, and what their marks say. */
final class PageReader {
  private static final String FENCE = "```";
  private static final Pattern HEADING = Pattern.compile("#+ +(.*)");
  private static final Pattern WITHIN = Pattern.compile("within=(\\d+)([sm])");
  private static final Duration USUALLY_WITHIN = Duration.ofMinutes(1);

  /** What there is to be looked at, and not to be typed. */
  private static final Set<String> FIGURES =
      Set.of("figure", "json", "properties", "python", "yaml");

  private final String name;
  private final Set<String> headings;
  private final Set<String> missing;
  private final List<Step> steps = new ArrayList<>();
  private int number;
  private boolean followed;

  /** Whether the block before was a step, to which what is shown next belongs. */
  private boolean afterStep;

  PageReader(String name, Set<String> headings) {
    this.name = name;
    this.headings = headings;
    this.missing = new HashSet<>(headings);
    this.followed = headings.isEmpty();
  }

  List<Step> read(String markdown) {
    List<String> lines = markdown.lines().toList();
    while (number < lines.size()) {
      String line = lines.get(number++);
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        followed = headings.isEmpty() || headings.contains(heading.group(1));
        missing.remove(heading.group(1));
      } else if (line.startsWith(FENCE)) {
        block(number, line.substring(FENCE.length()).strip(), body(lines));
      } else if (line.stripLeading().startsWith(FENCE)) {
        throw wrong(number, "a block of commands begins at the left edge");
      }
    }
    if (!missing.isEmpty()) {
      throw wrong(number, "there is no section " + missing);
    }
    return List.copyOf(steps);
  }

  private String body(List<String> lines) {
    int first = number;
    while (number < lines.size() && !lines.get(number).equals(FENCE)) {
      number++;
    }
    if (number == lines.size()) {
      throw wrong(first, "this block has no end");
    }
    return String.join("\n", lines.subList(first, number++));
  }

  private void block(int line, String mark, String body) {
    if (!followed) {
      return;
    }
    List<String> words = new ArrayList<>(Arrays.asList(mark.split(" +")));
    String kind = words.remove(0);
    switch (kind) {
      case "sh" -> add(step(line, Step.Kind.COMMANDS, words, body));
      case "keys" -> add(step(line, Step.Kind.KEYS, words, body));
      case "text" -> shown(line, words, body);
      default -> {
        if (!FIGURES.contains(kind)) {
          throw wrong(
              line, "a block is sh, keys, text or one of " + FIGURES + ", and not '" + kind + "'");
        }
        afterStep = false;
      }
    }
  }

  private void add(Step step) {
    steps.add(step);
    afterStep = true;
  }

  private Step step(int line, Step.Kind kind, List<String> words, String body) {
    String terminal = Step.FIRST;
    Duration within = USUALLY_WITHIN;
    boolean again = false;
    String leftOut = "";
    for (String word : words) {
      Matcher time = WITHIN.matcher(word);
      if (time.matches()) {
        long count = Long.parseLong(time.group(1));
        within = time.group(2).equals("m") ? Duration.ofMinutes(count) : Duration.ofSeconds(count);
      } else if (word.matches("terminal=[a-z0-9-]+")) {
        terminal = word.substring("terminal=".length());
      } else if (word.matches("needs=[a-z0-9-]+") || word.equals("instead")) {
        leftOut = word;
      } else if (word.equals("again")) {
        again = true;
      } else {
        throw wrong(
            line,
            "'"
                + word
                + "' is not known; known are terminal=NAME, within=90s, within=5m, again, instead,"
                + " needs=WHAT");
      }
    }
    if (kind == Step.Kind.KEYS && !body.equals("Ctrl-C")) {
      throw wrong(line, "the keys that are known are Ctrl-C");
    }
    return new Step(line, kind, terminal, within, again, leftOut, body, null);
  }

  private void shown(int line, List<String> words, String body) {
    if (!afterStep) {
      throw wrong(line, "what is shown here follows no commands; a block to look at is 'figure'");
    }
    boolean numbersDiffer = words.remove("numbers=differ");
    if (!words.isEmpty()) {
      throw wrong(line, words + " is not known; known is numbers=differ");
    }
    int last = steps.size() - 1;
    steps.set(last, steps.get(last).showing(new Shown(body, numbersDiffer)));
    afterStep = false;
  }

  private IllegalArgumentException wrong(int line, String what) {
    return new IllegalArgumentException(name + ":" + line + ": " + what);
  }
}
