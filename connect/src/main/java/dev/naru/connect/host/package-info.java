/**
 * The host for Kafka Connect's runtime. This package is the outer side and sees JDK types only;
 * {@code inside} is the side that Connect's class loader sees.
 */
package dev.naru.connect.host;
