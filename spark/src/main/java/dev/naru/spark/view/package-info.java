/** Topics as views, and what SQL and classes make of them. */
package dev.naru.spark.view;
