package dev.naru.connect.crawler.frontier;

/**
 * A request that may start now.
 *
 * @param origin the host it goes to, as {@code scheme://host:port}
 * @param robots whether it asks for the host's robots.txt; otherwise {@code ref} says which address
 * @param ref what the frontier was given for the address
 * @param attempt 0 for the first try
 */
public record Ticket(String origin, boolean robots, long ref, int attempt) {}
