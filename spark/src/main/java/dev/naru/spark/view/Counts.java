package dev.naru.spark.view;

import java.util.Locale;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What one query has read and written since it began. A task that Spark runs again counts again, so
 * these are for people to look at.
 *
 * @param records that the sources gave, malformed ones included
 * @param malformed those among them that are not what the source's schema says
 * @param written rows that are in the sink
 */
public record Counts(LongAccumulator records, LongAccumulator malformed, LongAccumulator written) {
  /** Counts that begin at nothing; Spark knows them by the name. */
  public static Counts of(SparkContext context, String name) {
    return new Counts(
        context.longAccumulator(name + " records"),
        context.longAccumulator(name + " malformed"),
        context.longAccumulator(name + " written"));
  }

  /** In a line, for people. */
  public String line() {
    long bad = malformed.value();
    return String.format(
        Locale.ROOT,
        "%,d records in, %s%,d rows out",
        records.value(),
        bad == 0 ? "" : String.format(Locale.ROOT, "%,d of them malformed, ", bad),
        written.value());
  }
}
