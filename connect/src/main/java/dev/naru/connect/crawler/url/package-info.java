/** Addresses in canonical form. Pure: no look-ups, no I/O. */
package dev.naru.connect.crawler.url;
