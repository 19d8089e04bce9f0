/**
 * What to fetch next, and when. Pure: every method takes the time in milliseconds; nothing here
 * sleeps, spawns, reads clocks or does I/O. The addresses themselves stay on disk; the frontier
 * holds references to them, eight bytes each.
 */
package dev.naru.connect.crawler.frontier;
