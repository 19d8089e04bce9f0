package dev.naru.connect.crawler.frontier;

import java.util.function.Predicate;

/**
 * What a host's robots.txt asks for.
 *
 * @param allowed whether an address may be fetched
 * @param crawlDelayMs the pause it wants between requests; 0 when it names none
 * @param expiresMs when it must be asked again
 */
public record RobotRules(Predicate<String> allowed, long crawlDelayMs, long expiresMs) {
  /** Everything is allowed, for good. */
  public static final RobotRules ALLOW_ALL = new RobotRules(url -> true, 0, Long.MAX_VALUE);
}
