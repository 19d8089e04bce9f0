/** The job file: what may be in it, and what is said of mistakes. Knows neither Spark nor Kafka. */
package dev.naru.spark.job;
