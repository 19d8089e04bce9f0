/**
 * A Spark application that runs a declared job. It knows nothing of the node: it talks to it as any
 * Kafka client does, in a JVM that has Spark's libraries. Its jar is what {@code ./naru spark run}
 * starts and what {@code spark-submit} takes.
 */
package dev.naru.spark;
