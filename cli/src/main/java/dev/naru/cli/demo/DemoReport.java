package dev.naru.cli.demo;

import dev.naru.cli.Terminal;
import java.io.PrintStream;

/** What the demo says at its end. */
final class DemoReport {
  private DemoReport() {}

  static void print(
      Terminal terminal, String address, DemoNumbers numbers, PagesTable table, boolean exit) {
    PrintStream out = terminal.out();
    out.println();
    if (!numbers.crawl().leftOut().isEmpty()) {
      out.println("The crawl passed over " + numbers.crawl().leftOut() + ".");
    }
    if (!numbers.agree()) {
      out.println(
          "The numbers do not agree: "
              + numbers.crawl().delivered()
              + " pages, "
              + numbers.records()
              + " records, "
              + numbers.rows()
              + " rows.");
    } else if (numbers.records() > numbers.rows()) {
      out.println(
          (numbers.records() - numbers.rows())
              + " records are there twice: an interruption came between a page and its receipt."
              + " The table has each page once.");
    }
    out.println("The pages that lead to most others, as the database tells:");
    out.println();
    out.println("  " + table.question());
    out.println();
    table.answer().print(out, "  ");
    if (!exit) {
      hints(out, address);
    }
    out.flush();
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
