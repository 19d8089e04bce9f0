/** The crawl's memory on disk: an append-only journal of what was found and what became of it. */
package dev.naru.connect.crawler.state;
