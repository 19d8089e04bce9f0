/** Puts views, models and sinks together: queries that run, go on after a failure, end in order. */
package dev.naru.spark.run;
