package dev.naru.connect.crawler;

import dev.naru.connect.crawler.frontier.RobotRules;
import dev.naru.connect.crawler.frontier.Ticket;
import dev.naru.connect.crawler.state.FoundUrl;

/**
 * What a worker does next.
 *
 * @param ticket the frontier's leave to ask
 * @param waiting which address; null when the ticket is for a robots.txt
 * @param rules what the host's robots.txt says; null when the ticket is for one
 */
record Job(Ticket ticket, CrawlState.Waiting waiting, RobotRules rules) {
  FoundUrl found() {
    return waiting.found();
  }

  /** Whether the topic has a page of this address. */
  boolean isInTopic() {
    return found().last() != null && found().kind() != FoundUrl.Kind.SITEMAP;
  }
}
