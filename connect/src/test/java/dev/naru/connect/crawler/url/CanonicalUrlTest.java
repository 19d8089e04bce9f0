package dev.naru.connect.crawler.url;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalUrlTest {
  @ParameterizedTest
  @CsvSource(
      delimiterString = " -> ",
      quoteCharacter = '~',
      value = {
        "http://example.org -> http://example.org/",
        "HTTP://EXAMPLE.org:80/A -> http://example.org/A",
        "https://example.org:443/ -> https://example.org/",
        "https://example.org:0443/ -> https://example.org/",
        "http://example.org:443/ -> http://example.org:443/",
        "http://example.org:/x -> http://example.org/x",
        "http://example.org./x -> http://example.org/x",
        "http://example.org/%41?x=1 -> http://example.org/A?x=1",
        "http://example.org/%7Euser -> http://example.org/~user",
        "http://example.org/%2f%2F -> http://example.org/%2F%2F",
        "http://example.org/a%2fb -> http://example.org/a%2Fb",
        "http://example.org/100% -> http://example.org/100%25",
        "http://example.org/%zz -> http://example.org/%25zz",
        "http://example.org/%4 -> http://example.org/%254",
        "http://example.org/a b -> http://example.org/a%20b",
        "http://example.org/한 -> http://example.org/%ED%95%9C",
        "http://example.org/\uD83D\uDE00 -> http://example.org/%F0%9F%98%80",
        "http://example.org/%ED%95%9C -> http://example.org/%ED%95%9C",
        "http://example.org/a/./b/../c -> http://example.org/a/c",
        "http://example.org/a/.. -> http://example.org/",
        "http://example.org/../../a -> http://example.org/a",
        "http://example.org/a/%2e%2E/b -> http://example.org/b",
        "http://example.org/a/. -> http://example.org/a/",
        "http://example.org/.hidden/..x -> http://example.org/.hidden/..x",
        "http://example.org/a//b -> http://example.org/a//b",
        "http://example.org? -> http://example.org/?",
        "http://example.org?b=2&a=1 -> http://example.org/?b=2&a=1",
        "http://example.org/?q=a+b%20c&d=%26 -> http://example.org/?q=a+b%20c&d=%26",
        "http://example.org/?a[]=1 -> http://example.org/?a%5B%5D=1",
        "http://example.org/?x=../y -> http://example.org/?x=../y",
        "http://example.org/a#b?c -> http://example.org/a",
        "http://example.org#top -> http://example.org/",
        "http://user:secret@example.org/ -> http://example.org/",
        "http://a@b@example.org/ -> http://example.org/",
        "http://bücher.example/ -> http://xn--bcher-kva.example/",
        "http://B%C3%BCCHER.example/ -> http://xn--bcher-kva.example/",
        "http://[::1]:8080/x -> http://[::1]:8080/x",
        "http://[2001:DB8:0:0:0:0:0:1]/ -> http://[2001:db8::1]/",
        "http://[1:0:0:2:0:0:0:3]/ -> http://[1:0:0:2::3]/",
        "http:\\\\example.org\\a\\b -> http://example.org/a/b",
        "http:example.org/x -> http://example.org/x",
        "http:///example.org/x -> http://example.org/x",
        "http://example.org/a;b=c,d!$&'()*@: -> http://example.org/a;b=c,d!$&'()*@:",
        "http://example.org/<a>\"{|}^` -> http://example.org/%3Ca%3E%22%7B%7C%7D%5E%60",
      })
  void makesCanonical(String raw, String expected) {
    assertEquals(expected, CanonicalUrl.parse(raw).map(Object::toString).orElse("nothing"));
    assertEquals(
        Optional.of(expected),
        CanonicalUrl.parse(expected).map(Object::toString),
        "a canonical address must stay as it is");
  }

  @Test
  void dropsWhiteSpaceAsBrowsersDo() {
    assertEquals(
        "http://example.org/ab",
        CanonicalUrl.parse(" \nhttp://exam\tple.org/a\r\nb ").orElseThrow().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.org",
        "/x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "mailto:a@b",
        "data:text/html,x",
        "http://",
        "http:///",
        "http://:80/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:x/",
        "http://example.org:-1/",
        "http://exa mple.org/",
        "http://a..b/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[x]/",
        "http://%00/",
        "http://a%/",
        "http://\u0000/",
        "http://<x>/",
        "://example.org/"
      })
  void refusesWhatCannotBeCrawled(String raw) {
    assertTrue(CanonicalUrl.parse(raw).isEmpty(), () -> CanonicalUrl.parse(raw).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " -> ",
      quoteCharacter = '~',
      value = {
        "g -> http://a/b/c/g",
        "./g -> http://a/b/c/g",
        "g/ -> http://a/b/c/g/",
        "/g -> http://a/g",
        "//g -> http://g/",
        "?y -> http://a/b/c/d;p?y",
        "g?y -> http://a/b/c/g?y",
        "#s -> http://a/b/c/d;p?q",
        "g#s -> http://a/b/c/g",
        ";x -> http://a/b/c/;x",
        ". -> http://a/b/c/",
        ".. -> http://a/b/",
        "../g -> http://a/b/g",
        "../../g -> http://a/g",
        "../../../g -> http://a/g",
        "/./g -> http://a/g",
        "/../g -> http://a/g",
        "g. -> http://a/b/c/g.",
        "..g -> http://a/b/c/..g",
        "./g/. -> http://a/b/c/g/",
        "g/./h -> http://a/b/c/g/h",
        "g;x=1/../y -> http://a/b/c/y",
        "g?y/../x -> http://a/b/c/g?y/../x",
        "https://b/x -> https://b/x",
        "\\\\h\\x -> http://h/x",
        "a?b:c -> http://a/b/c/a?b:c",
      })
  void resolvesReferencesAsRfc3986Does(String reference, String expected) {
    CanonicalUrl base = CanonicalUrl.parse("http://a/b/c/d;p?q").orElseThrow();
    assertEquals(expected, base.resolve(reference).map(Object::toString).orElse("nothing"));
  }

  @Test
  void anEmptyReferenceIsThePageItself() {
    CanonicalUrl base = CanonicalUrl.parse("http://a/b/c/d;p?q").orElseThrow();
    assertEquals(Optional.of(base), base.resolve(""));
    assertTrue(base.resolve("javascript:void(0)").isEmpty());
    assertTrue(base.resolve(null).isEmpty());
  }

  @Test
  void givesItsParts() {
    CanonicalUrl url = CanonicalUrl.parse("https://example.org:8443/a/b?c=d").orElseThrow();
    assertEquals("https", url.scheme());
    assertEquals("example.org", url.host());
    assertEquals(8443, url.port());
    assertEquals("https://example.org:8443", url.origin());
    assertEquals("example.org:8443", url.authority());
    assertEquals("/a/b", url.path());
    assertEquals("c=d", url.query());
    assertEquals("/a/b?c=d", url.target());
    CanonicalUrl plain = CanonicalUrl.parse("http://[::1]/").orElseThrow();
    assertEquals(80, plain.port());
    assertEquals("[::1]", plain.host());
    assertNull(plain.query());
    assertTrue(plain.isLoopbackName());
    assertTrue(CanonicalUrl.parse("http://127.1.2.3:99/").orElseThrow().isLoopbackName());
    assertEquals(
        false, CanonicalUrl.parse("http://127.evil.example/").orElseThrow().isLoopbackName());
  }

  @Test
  void hashesDifferForNeighbours() {
    long[] hashes = new long[100_000];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = CanonicalUrl.hash("http://example.org/page/" + i);
    }
    assertEquals(hashes.length, java.util.Arrays.stream(hashes).distinct().count());
    assertNotEquals(CanonicalUrl.hash("ab"), CanonicalUrl.hash("ba"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example/",
        "https://a.example:8443/x/y?z=1:2",
        "http://[2001:db8::1]/",
        "https://[::1]:81/a:b?c/d"
      })
  void whatIsRememberedIsWhatWasParsed(String text) {
    CanonicalUrl parsed = CanonicalUrl.parse(text).orElseThrow();
    CanonicalUrl remembered = CanonicalUrl.remembered(parsed.toString()).orElseThrow();
    assertEquals(parsed, remembered);
    assertEquals(parsed.hash(), remembered.hash());
    assertEquals(parsed.host(), remembered.host());
    assertEquals(parsed.port(), remembered.port());
    assertEquals(parsed.origin(), remembered.origin());
    assertEquals(parsed.path(), remembered.path());
    assertEquals(parsed.query(), remembered.query());
    assertTrue(CanonicalUrl.remembered("ftp://a.example/").isEmpty());
    assertTrue(CanonicalUrl.remembered("http://").isEmpty());
  }
}
