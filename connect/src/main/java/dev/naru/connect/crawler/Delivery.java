package dev.naru.connect.crawler;

import dev.naru.connect.crawler.url.CanonicalUrl;
import org.apache.kafka.connect.data.Struct;

/**
 * A record for the topic.
 *
 * @param number what Connect remembers it by; one more than the record before
 * @param url the page
 * @param value the page's content; null says that it is gone
 * @param bytes about how large the value is
 * @param handed the visit that it came from
 */
record Delivery(long number, CanonicalUrl url, Struct value, int bytes, CrawlState.Handed handed) {}
