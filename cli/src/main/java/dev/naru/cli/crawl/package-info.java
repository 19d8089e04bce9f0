/** {@code naru crawl}: one crawler connector in this process, writing to a node elsewhere. */
package dev.naru.cli.crawl;
