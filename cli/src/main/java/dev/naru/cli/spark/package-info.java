/**
 * {@code naru spark}: starts jobs in a JVM of their own, with a Spark that is fetched when needed.
 */
package dev.naru.cli.spark;
