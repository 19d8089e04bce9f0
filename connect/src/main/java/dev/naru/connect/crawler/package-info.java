/**
 * The web crawler: a Kafka Connect source. {@code url}, {@code frontier}, {@code page} and {@code
 * state} do not know Connect; {@code frontier} and {@code url} know neither clocks nor I/O. {@link
 * dev.naru.connect.crawler.Crawl} is where the threads are.
 */
package dev.naru.connect.crawler;
