/**
 * Where rows go, each batch once: what a sink keeps of a batch goes with the number of the batch.
 */
package dev.naru.spark.sink;
