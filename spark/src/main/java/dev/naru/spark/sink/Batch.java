package dev.naru.spark.sink;

import java.io.Serializable;
import org.apache.spark.util.LongAccumulator;

/**
 * Which batch it is that a sink writes. A sink that has a batch, by its number in its query, never
 * takes it again.
 *
 * @param sink the job's and the sink's name
 * @param query the query's identity, which is the checkpoint's: another checkpoint counts anew
 * @param number from 0 on; negative for rows that are not a batch of a stream
 * @param again whether an attempt before this one may have written it
 * @param written counts the rows that are in the sink
 */
public record Batch(String sink, String query, long number, boolean again, LongAccumulator written)
    implements Serializable {
  /** Rows that are written once, by a job that ends. */
  public static Batch alone(String sink, LongAccumulator written) {
    return new Batch(sink, "", -1, false, written);
  }

  /** Whether the sink has to remember that it has this batch. */
  public boolean isNumbered() {
    return number >= 0;
  }
}
