package dev.naru.spark;

import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A transformation in Java, for what SQL cannot say. A job file names the class, which has a public
 * constructor without parameters and lies in one of the job's {@code jars}.
 *
 * <p>It is called once when the job's queries are put together, in the driver. The same class
 * serves streams and batches, so it must not start an action.
 */
@FunctionalInterface
public interface Transform {
  /**
   * The rows of the view that the job file calls by the step's name.
   *
   * @param session has the job's sources, and the steps before this one, as temporary views
   * @param options what the job file says below {@code options}
   */
  Dataset<Row> apply(SparkSession session, Map<String, String> options);
}
