package dev.naru.cli.demo;

import dev.naru.cli.crawl.CrawlNumbers;
import java.util.Locale;

/**
 * Where the demo is at one moment.
 *
 * @param crawl the crawler's numbers
 * @param records how many records the topic has
 * @param rows how many rows the table has
 * @param lag how many records the sink has not said to be done with
 */
record DemoNumbers(CrawlNumbers crawl, long records, long rows, long lag) {

  /** Whether nothing is left to do. */
  boolean done() {
    return crawl.finished() && lag == 0 && rows >= crawl.delivered() && records >= rows;
  }

  /** Whether every page is one record and one row. */
  boolean agree() {
    return crawl.delivered() == rows && records >= rows;
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%5d pages (%.0f/s)  %5d records  %5d rows  lag %-5d %5d waiting",
        crawl.delivered(),
        crawl.perSecond(),
        records,
        rows,
        lag,
        crawl.queued());
  }
}
