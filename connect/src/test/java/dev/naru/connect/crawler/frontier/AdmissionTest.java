package dev.naru.connect.crawler.frontier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Frontier frontier =
      new Frontier(new Politeness(0, 0, 1, 0, 1, 1, 0, 1), false, new MemoryChunks());

  private static CanonicalUrl url(String text) {
    return CanonicalUrl.parse(text).orElseThrow();
  }

  private static Scope scope(Scope.Reach reach, String seed) {
    Scope scope = new Scope(reach);
    scope.addSeed(url(seed));
    return scope;
  }

  private Outcome refusal(Admission admission, String text, int depth) {
    return admission.refusal(url(text), depth, false, frontier);
  }

  private static Admission admission(List<String> include, List<String> exclude) {
    return new Admission(
        scope(Scope.Reach.HOST, "http://a.example/"),
        include.stream().map(Pattern::compile).toList(),
        exclude.stream().map(Pattern::compile).toList(),
        new Admission.Limits(5, 100, 10, 3, 10),
        new LongLongMap());
  }

  @Test
  void scopesReachAsFarAsTheirNamesSay() {
    Scope host = scope(Scope.Reach.HOST, "http://www.a.example/docs/index.html");
    assertTrue(host.contains(url("http://www.a.example/other")));
    assertTrue(host.contains(url("https://www.a.example/other")));
    assertFalse(host.contains(url("http://a.example/")));
    assertFalse(host.contains(url("http://www.a.example:8080/")));
    Scope path = scope(Scope.Reach.PATH, "http://www.a.example/docs/index.html");
    assertTrue(path.contains(url("http://www.a.example/docs/x/y")));
    assertFalse(path.contains(url("http://www.a.example/docsx")));
    assertFalse(path.contains(url("http://www.a.example/docs/../x")));
    Scope domain = scope(Scope.Reach.DOMAIN, "http://www.shop.co.uk/");
    assertTrue(domain.contains(url("https://static.shop.co.uk:99/x")));
    assertFalse(domain.contains(url("https://other.co.uk/")));
    assertTrue(scope(Scope.Reach.ANY, "http://a.example/").contains(url("http://b.example/")));
    Scope numbers = scope(Scope.Reach.DOMAIN, "http://127.0.0.1/");
    assertFalse(numbers.contains(url("http://126.0.0.1/")));
  }

  @Test
  void patternsAndTypesAndDepthAreChecked() {
    Admission admission = admission(List.of("/keep/"), List.of("\\?print=1$"));
    assertNull(refusal(admission, "http://a.example/keep/1.html", 5));
    assertEquals(Outcome.TOO_DEEP, refusal(admission, "http://a.example/keep/1.html", 6));
    assertEquals(Outcome.EXCLUDED, refusal(admission, "http://a.example/drop/1.html", 1));
    assertEquals(Outcome.EXCLUDED, refusal(admission, "http://a.example/keep/1.html?print=1", 1));
    assertEquals(Outcome.FILE_TYPE, refusal(admission, "http://a.example/keep/x.PDF", 1));
    assertNull(refusal(admission, "http://a.example/keep.pdf/keep/x", 1));
    assertEquals(Outcome.OUT_OF_SCOPE, refusal(admission, "http://b.example/keep/", 1));
    assertEquals(
        Outcome.URL_TOO_LONG, refusal(admission, "http://a.example/keep/" + "x".repeat(100), 1));
  }

  @Test
  void endlessPathsAndCalendarsAreBounded() {
    Admission admission = admission(List.of(), List.of());
    assertEquals(Outcome.REPEATING_PATH, refusal(admission, "http://a.example/a/b/a/b/a/b/a/b", 1));
    assertNull(
        refusal(admission, "http://a.example/2026/11/11/11", 1),
        "dates repeat themselves, but not for long");
    for (int day = 0; day < 3; day++) {
      String date = "http://a.example/calendar?day=" + day;
      assertNull(refusal(admission, date, 1));
      admission.admitted(url(date));
    }
    assertEquals(
        Outcome.TOO_MANY_QUERIES, refusal(admission, "http://a.example/calendar?day=9", 1));
    assertNull(refusal(admission, "http://a.example/other?day=9", 1));
    for (int i = 0; i < 10; i++) {
      frontier.add("http://a.example", false, i);
    }
    assertEquals(Outcome.TOO_MANY_OF_HOST, refusal(admission, "http://a.example/x", 1));
  }

  @Test
  void sitemapsOfSitemapsEnd() {
    Admission admission = admission(List.of(), List.of("never"));
    CanonicalUrl elsewhere = url("http://cdn.example/never/sitemap.xml.gz");
    assertNull(admission.sitemapRefusal(elsewhere, 1, frontier), "it may lie elsewhere");
    assertEquals(Outcome.TOO_DEEP, admission.sitemapRefusal(elsewhere, 6, frontier));
    for (int i = 0; i < 10; i++) {
      frontier.add("http://cdn.example", false, i);
    }
    assertEquals(Outcome.TOO_MANY_OF_HOST, admission.sitemapRefusal(elsewhere, 1, frontier));
  }
}
