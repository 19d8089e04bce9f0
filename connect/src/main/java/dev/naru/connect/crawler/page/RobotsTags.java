package dev.naru.connect.crawler.page;

import java.util.Locale;

/** What a page's robots meta tags and X-Robots-Tag headers allow. */
final class RobotsTags {
  private boolean mayIndex = true;
  private boolean mayFollow = true;

  RobotsTags(String header) {
    if (header != null) {
      add(header);
    }
  }

  void add(String directives) {
    for (String directive : directives.toLowerCase(Locale.ROOT).split(",")) {
      String name = directive.trim();
      // "somebot: noindex" is meant for another crawler.
      if (name.equals("noindex") || name.equals("none")) {
        mayIndex = false;
      }
      if (name.equals("nofollow") || name.equals("none")) {
        mayFollow = false;
      }
    }
  }

  boolean mayIndex() {
    return mayIndex;
  }

  boolean mayFollow() {
    return mayFollow;
  }
}
