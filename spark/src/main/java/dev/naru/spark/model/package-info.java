/** Models that are trained on a topic's history with Spark ML, kept, and applied to new records. */
package dev.naru.spark.model;
