package dev.naru.proving.bench.report;

import dev.naru.proving.bench.Measure;
import dev.naru.proving.bench.Outcome;
import dev.naru.proving.bench.Row;
import dev.naru.proving.bench.node.Contender;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * One measure of several scenarios as bars: Apache Kafka, Naru and the limit below each other.
 * Plain SVG that needs neither fonts nor scripts.
 *
 * @param file its name without a folder
 * @param which the scenarios, by name
 */
record Chart(String file, String title, Measure measure, Predicate<String> which) {
  private static final int WIDTH = 860;
  private static final int LEFT = 210;
  private static final int BARS_WIDTH = 520;
  private static final int TOP = 64;
  private static final int BAR = 14;
  private static final int GROUP_GAP = 12;
  private static final int FOOT = 40;

  /** All charts that there are. */
  static final List<Chart> ALL =
      List.of(
          new Chart("start.svg", "Start to first served request", Measure.START, in("start")),
          new Chart(
              "memory.svg",
              "Resident memory",
              Measure.RESIDENT,
              in("idle", "partitions", "connections")),
          new Chart("produce.svg", "Produce throughput", Measure.THROUGHPUT, in("produce")),
          new Chart("consume.svg", "Consume throughput", Measure.THROUGHPUT, in("consume")),
          new Chart("cpu.svg", "Server CPU per GB", Measure.CPU_PER_GB, in("produce", "consume")),
          new Chart(
              "latency.svg", "Produce latency, p99", Measure.P99, in("latency", "end-to-end")),
          new Chart("restart.svg", "Restart to ready", Measure.READY, Chart::any),
          new Chart(
              "cluster-throughput.svg",
              "Cluster of three: produce throughput",
              Measure.THROUGHPUT,
              in("cluster")),
          new Chart(
              "cluster-latency.svg",
              "Cluster of three: produce latency, p99",
              Measure.P99,
              in("cluster")),
          new Chart(
              "cluster-no-service.svg",
              "Cluster of three: no service after kill -9 of an owner",
              Measure.NO_SERVICE,
              in("cluster")),
          new Chart(
              "cluster-memory.svg",
              "Cluster of three: resident memory of a node",
              Measure.RESIDENT,
              in("cluster")));

  private static boolean any(String name) {
    return true;
  }

  private static Predicate<String> in(String... families) {
    List<String> known = List.of(families);
    return name -> known.contains(name.replaceFirst("/.*", ""));
  }

  private record Bar(Contender contender, double value) {}

  private record Group(String name, List<Bar> bars) {}

  /** The picture; empty when no outcome has anything to show in it. */
  String draw(Machine machine, List<Outcome> outcomes) {
    List<Group> groups = groups(outcomes);
    if (groups.isEmpty()) {
      return "";
    }
    double most =
        groups.stream()
            .flatMap(group -> group.bars().stream())
            .mapToDouble(Bar::value)
            .max()
            .orElse(1);
    StringBuilder body = new StringBuilder();
    int y = TOP;
    for (Group group : groups) {
      int middle = y + group.bars().size() * BAR / 2 + 4;
      text(body, LEFT - 8, middle, "end", "#24292f", 12, group.name());
      for (Bar bar : group.bars()) {
        double width = Math.max(1, bar.value() / most * BARS_WIDTH);
        body.append(
            String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                LEFT,
                y,
                width,
                BAR - 2,
                colour(bar.contender())));
        text(
            body,
            (int) (LEFT + width + 5),
            y + BAR - 4,
            "start",
            "#57606a",
            10,
            Numbers.show(bar.value()));
        y += BAR;
      }
      y += GROUP_GAP;
    }
    return page(machine, body, y + FOOT);
  }

  private List<Group> groups(List<Outcome> outcomes) {
    List<Group> groups = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      if (outcome.hasFailed() || !which.test(outcome.scenario().name())) {
        continue;
      }
      List<Bar> bars = new ArrayList<>();
      for (Contender contender : Contender.values()) {
        OptionalDouble median = Row.median(outcome.values(contender, measure));
        median.ifPresent(value -> bars.add(new Bar(contender, value)));
      }
      if (!bars.isEmpty()) {
        groups.add(new Group(outcome.scenario().name(), bars));
      }
    }
    return groups;
  }

  private String page(Machine machine, StringBuilder body, int height) {
    StringBuilder page = new StringBuilder();
    page.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n",
            WIDTH,
            height,
            WIDTH,
            height));
    String better = measure.moreIsBetter() ? "more is better" : "less is better";
    String unit = measure.unit().isEmpty() ? "" : ", " + measure.unit();
    text(page, 16, 26, "start", "#24292f", 16, title + unit + " (" + better + ")");
    int x = LEFT;
    for (Contender contender : Contender.values()) {
      page.append(
          "<rect x=\"%d\" y=\"38\" width=\"10\" height=\"10\" fill=\"%s\"/>%n"
              .formatted(x, colour(contender)));
      text(page, x + 15, 47, "start", "#57606a", 11, contender.title());
      x += 120;
    }
    page.append(body);
    text(page, 16, height - 14, "start", "#57606a", 10, machine.sentence());
    return page.append("</svg>").append(System.lineSeparator()).toString();
  }

  private static String colour(Contender contender) {
    return switch (contender) {
      case KAFKA -> "#8c959f";
      case NARU -> "#0969da";
      case BARE -> "#d4a72c";
    };
  }

  private static void text(
      StringBuilder out, int x, int y, String anchor, String colour, int size, String text) {
    String safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    out.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>%n"
            .formatted(x, y, anchor, colour, size, safe));
  }
}
