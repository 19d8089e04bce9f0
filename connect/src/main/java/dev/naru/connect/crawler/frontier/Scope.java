package dev.naru.connect.crawler.frontier;

import crawlercommons.domains.EffectiveTldFinder;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * How far from its seeds a crawl goes. Not thread-safe: redirects of seeds add roots while it runs.
 */
public final class Scope {
  /** What an address must share with a seed. */
  public enum Reach {
    /** The host and port; {@code http} and {@code https} count as one site. */
    HOST,
    /** The registered domain (by the public suffix list), sub-domains included. */
    DOMAIN,
    /** The host and port, and the folder that the seed lies in. */
    PATH,
    /** Nothing. */
    ANY;

    public static Reach of(String name) {
      return valueOf(name.toUpperCase(Locale.ROOT));
    }
  }

  private final Reach reach;
  private final Set<String> roots = new HashSet<>();
  private String lastOrigin;
  private boolean lastAnswer;

  public Scope(Reach reach) {
    this.reach = reach;
  }

  public void addSeed(CanonicalUrl seed) {
    lastOrigin = null;
    if (reach == Reach.DOMAIN) {
      roots.add(domain(seed));
    } else if (reach == Reach.HOST) {
      roots.add(site(seed));
    } else if (reach == Reach.PATH) {
      String path = seed.path();
      roots.add(site(seed) + path.substring(0, path.lastIndexOf('/') + 1));
    }
  }

  public boolean contains(CanonicalUrl url) {
    if (reach == Reach.ANY) {
      return true;
    }
    if (reach == Reach.PATH) {
      String address = site(url) + url.path();
      return roots.stream().anyMatch(address::startsWith);
    }
    // Most links of a page lead to one host.
    String origin = url.origin();
    if (!origin.equals(lastOrigin)) {
      lastAnswer = roots.contains(reach == Reach.DOMAIN ? domain(url) : site(url));
      lastOrigin = origin;
    }
    return lastAnswer;
  }

  private static String site(CanonicalUrl url) {
    return url.authority();
  }

  private static String domain(CanonicalUrl url) {
    String domain = EffectiveTldFinder.getAssignedDomain(url.host(), true);
    return domain == null ? url.host() : domain;
  }
}
