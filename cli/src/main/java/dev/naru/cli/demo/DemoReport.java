package dev.naru.cli.demo;

import dev.naru.cli.Terminal;
import java.io.PrintStream;
import java.util.Locale;

/** What the demo says at its end. */
final class DemoReport {
  private DemoReport() {}

  static void print(
      Terminal terminal, String address, DemoNumbers numbers, PagesTable table, boolean exit) {
    PrintStream out = terminal.out();
    out.println();
    out.println(summary(numbers));
    if (!numbers.crawl().leftOut().isEmpty()) {
      out.println("The crawl passed over " + numbers.crawl().leftOut() + ".");
    }
    out.println();
    out.println("The longest pages, asked of the database:");
    out.println();
    out.println("  " + table.question());
    out.println();
    table.answer().print(out, "  ");
    if (!exit) {
      hints(out, address);
    }
    out.flush();
  }

  private static String summary(DemoNumbers numbers) {
    String counts =
        String.format(
            Locale.ROOT,
            "%d pages of the site, %d records in the topic, %d rows in the table.",
            numbers.crawl().delivered(),
            numbers.records(),
            numbers.rows());
    if (!numbers.agree()) {
      return "These numbers should be the same, and are not: " + counts;
    }
    long twice = numbers.records() - numbers.rows();
    return twice == 0
        ? counts
        : counts
            + " An interruption came between "
            + twice
            + " pages and their receipts: the topic has those twice, the table once.";
  }

  private static void hints(PrintStream out, String address) {
    out.println();
    out.println("Look further, in another terminal:");
    out.println();
    out.println("  ./naru consume pages --from-beginning --max 3 --bootstrap " + address);
    out.println("  ./naru group describe connect-pages-database --bootstrap " + address);
    out.println();
    out.println("or from Python (apt install python3-kafka, or pip install kafka-python):");
    out.println();
    out.println("  import json, kafka");
    out.println("  pages = kafka.KafkaConsumer('pages', bootstrap_servers='" + address + "',");
    out.println("      auto_offset_reset='earliest', consumer_timeout_ms=2000)");
    out.println("  for page in pages:");
    out.println("      print(json.loads(page.value)['title'], page.key.decode())");
    out.println();
    out.println("Ctrl-C stops everything; the next ./naru demo goes on from here.");
  }
}
