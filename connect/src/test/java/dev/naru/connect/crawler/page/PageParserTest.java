package dev.naru.connect.crawler.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.crawler.page.Page.Heading;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageParserTest {
  private static final CanonicalUrl URL =
      CanonicalUrl.parse("http://a.example/docs/page.html").orElseThrow();
  private final PageParser parser = new PageParser(10_000, 100, List.of());

  private Page parse(String html) {
    return parser.parse(
        URL, html.getBytes(StandardCharsets.UTF_8), "text/html; charset=utf-8", null);
  }

  private static List<String> texts(List<CanonicalUrl> links) {
    return links.stream().map(Object::toString).toList();
  }

  @Test
  void takesTheMainTextAndLeavesTheFurniture() {
    Page page =
        parse(
            "<html lang=de-AT><head><title> Eine\n Seite </title><meta name=description content='Worum es geht'>"
                + "<style>x{}</style></head><body><header>Logo</header><nav><a href=/>Start</a></nav>"
                + "<main><header><h1>Über\n uns</h1></header><p>Erster   Satz.</p><p>Zweiter&nbsp;<b>Satz</b>.</p>"
                + "<script>var x = 'nicht';</script><h2>Mehr</h2>Ende<br>Zeile</main><footer>Impressum</footer>");
    assertEquals("Eine Seite", page.title());
    assertEquals("Worum es geht", page.description());
    assertEquals("de-at", page.language());
    assertEquals("Über uns\nErster Satz.\nZweiter Satz.\nMehr\nEnde\nZeile", page.text());
    assertEquals(List.of(new Heading(1, "Über uns"), new Heading(2, "Mehr")), page.headings());
    assertEquals(List.of("http://a.example/"), texts(page.links()));
  }

  @Test
  void withoutAMainPartTheBodyIsTheText() {
    Page page = parse("<body><nav>Menu</nav><div>One</div><div>Two <span>three</span></div>");
    assertEquals("One\nTwo three", page.text());
    assertNull(page.title());
    assertNull(page.language());
  }

  @Test
  void linksAreCanonicalAndEachThereOnce() {
    Page page =
        parse(
            "<base href='/base/'><a href='x#1'>1</a><a href='x#2'>2</a><a href='./y/../x'>3</a><a href='mailto:a@b'>4</a>"
                + "<area href='//B.example:80'><iframe src=frame.html></iframe><a rel='external nofollow' href=ad>5</a>"
                + "<link rel=canonical href='/canon'><link rel=next href='?p=2'>"
                + "<meta http-equiv=refresh content=\"3; URL='moved'\">");
    assertEquals(
        List.of(
            "http://a.example/base/x",
            "http://b.example/",
            "http://a.example/base/frame.html",
            "http://a.example/base/?p=2",
            "http://a.example/base/moved"),
        texts(page.links()));
    assertEquals(List.of("http://a.example/base/ad"), texts(page.noFollow()));
    assertEquals("http://a.example/canon", page.canonical().toString());
  }

  @Test
  void structuredDataIsTaken() {
    Page page =
        parse(
            "<meta property='og:title' content='T'><meta name=author content=A>"
                + "<script type='application/ld+json'>\n{ \"@type\" : \"Article\",\n \"n\": [1, 2.5e3, true, null], \"s\":\"a\nb\" }</script>"
                + "<script type='application/ld+json'>{broken</script>"
                + "<div itemscope itemtype='https://schema.org/Person'><span itemprop=name>Kim \"K\"</span>"
                + "<div itemprop=address itemscope><b itemprop=city>Seoul</b></div><time itemprop=born datetime=1999-01-01>99</time></div>");
    assertEquals("T", page.meta().get("og:title"));
    assertEquals("A", page.meta().get("author"));
    assertEquals(
        "[{\"@type\":\"Article\",\"n\":[1,2.5e3,true,null],\"s\":\"a\\nb\"}]", page.jsonLd());
    assertEquals(
        "[{\"type\":[\"https://schema.org/Person\"],\"properties\":{\"name\":[\"Kim \\\"K\\\"\"],"
            + "\"address\":[{\"properties\":{\"city\":[\"Seoul\"]}}],\"born\":[\"1999-01-01\"]}}]",
        page.microdata());
  }

  @Test
  void fieldsOfTheUsersAreFoundBySelector() {
    PageParser own =
        new PageParser(
            10_000,
            100,
            List.of(
                PageField.of("price", "div.offer > span.price", "", false),
                PageField.of("tags", "ul.tags li, em", "", true),
                PageField.of("image", "img[itemprop=image]", "abs:src", false),
                PageField.of("missing", "h6", "", false)));
    Page page =
        own.parse(
            URL,
            ("<div class=offer><span class=price> 12,50  €</span><span class=price>9</span></div>"
                    + "<ul class=tags><li>a<li>b<li> </ul><em>c</em><img itemprop=image src='/p.png'>")
                .getBytes(StandardCharsets.UTF_8),
            "text/html; charset=utf-8",
            null);
    assertEquals(List.of("12,50 €"), page.fields().get("price"));
    assertEquals(List.of("a", "b", "c"), page.fields().get("tags"));
    assertEquals(List.of("http://a.example/p.png"), page.fields().get("image"));
    assertEquals(List.of(), page.fields().get("missing"));
    assertThrows(IllegalArgumentException.class, () -> PageField.of("x", "div[", "", false));
  }

  @Test
  void robotsTagsAndHeadersAreRead() {
    assertFalse(parse("<meta name=robots content='NoIndex, follow'>x").mayIndex());
    assertTrue(parse("<meta name=robots content='noindex, follow'>x").mayFollow());
    assertFalse(parse("<meta name=robots content=none>x").mayFollow());
    assertFalse(
        parser.parse(URL, "x".getBytes(StandardCharsets.UTF_8), "text/html", "noindex").mayIndex());
    assertTrue(
        parser
            .parse(URL, "x".getBytes(StandardCharsets.UTF_8), "text/html", "otherbot: noindex")
            .mayIndex());
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8,text/html;charset=utf-8,''",
    "windows-1252,text/html; charset=ISO-8859-1,''",
    "UTF-8,text/html; charset=no-such-charset,''",
    "UTF-8,text/html; charset=???,''",
    "UTF-8,text/html,''",
    "windows-1252,text/html,''",
    "windows-1252,text/html; charset=utf-8,''",
    "windows-1252,text/html,<meta charset=windows-1252>",
    "UTF-16LE,text/html; charset=utf-16le,''",
    "ISO-8859-15,text/html,<meta http-equiv=content-type content=text/html;charset=iso-8859-15>",
  })
  void charactersAreFoundBehindBytes(String written, String header, String meta) {
    String html = meta + "<p>Grüße aus Köln, schöne Straße</p>";
    Page page = parser.parse(URL, html.getBytes(Charset.forName(written)), header, null);
    assertEquals("Grüße aus Köln, schöne Straße", page.text());
  }

  @Test
  void aByteOrderMarkBeatsAWrongHeader() {
    byte[] body = "\uFEFF<p>한국어 페이지</p>".getBytes(StandardCharsets.UTF_8);
    assertEquals("한국어 페이지", parser.parse(URL, body, "text/html; charset=iso-8859-1", null).text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "en|The log is the list of segments and only the last one is written to by the owner of it",
        "de|Das Protokoll ist eine Liste von Segmenten und nur das letzte wird von dem Besitzer geschrieben",
        "fr|Le journal est une liste de segments et seul le dernier est écrit par le propriétaire dans la nuit",
        "es|El registro es una lista de segmentos y solo el último que se escribe por los dueños de la casa",
        "ko|로그는 세그먼트의 목록이며 마지막 세그먼트에만 기록됩니다. 소유자가 바뀌면 새 세그먼트가 만들어지고 이전 것은 닫힙니다.",
        "ja|ログはセグメントのリストであり、最後のセグメントにのみ書き込まれます。所有者が変わると新しいセグメントが作られます。",
        "ru|Журнал представляет собой список сегментов, и записывается только последний из них владельцем раздела",
      })
  void languagesAreGuessed(String language, String text) {
    assertEquals(language, parse("<p>" + text + "</p>").language());
  }

  @Test
  void noGuessIsBetterThanABadOne() {
    assertNull(
        parse(
                "<p>Lorem 1234 ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor</p>")
            .language());
    assertNull(parse("<p>ok</p>").language());
  }

  @Test
  void theHashIsOfWhatAReaderSees() {
    String text =
        "The same words, long enough to be compared as words rather than bytes of the page.";
    Page one = parse("<title>T</title><p>" + text + "</p>");
    Page two = parse("<title>T</title><!-- session 77 --><p  class=x>" + text + "</p>");
    Page three = parse("<title>Other</title><p>" + text + "</p>");
    assertEquals(one.contentHash(), two.contentHash());
    assertNotEquals(one.contentHash(), three.contentHash());
    assertNotEquals(parse("<img src=a>").contentHash(), parse("<img src=b>").contentHash());
  }

  @Test
  void hostilePagesAreSurvived() {
    Page deep = parse("<div itemscope>".repeat(20_000) + "deep" + "<b itemprop=x>".repeat(5_000));
    assertEquals("deep", deep.text());
    assertNotNull(deep.microdata());
    Page long1 = parse("<p>" + "word ".repeat(100_000));
    assertTrue(long1.text().length() <= 10_000);
    Page many =
        parse(
            "<a href=x>".repeat(10)
                + java.util.stream.IntStream.range(0, 1_000)
                    .mapToObj(i -> "<a href=" + i + ">")
                    .reduce("", String::concat));
    assertEquals(100, many.links().size());
    assertNull(JsonLd.compact("[".repeat(100_000)));
  }

  @Test
  void embeddedJsonStaysAsItIsWrittenButForSpace() {
    assertEquals("{\"a\":[],\"b\":{}}", JsonLd.compact(" { \"a\" : [ ] , \"b\" : { } } "));
    assertEquals(
        "[19.90,1E+2,12345678901234567890]",
        JsonLd.compact("[19.90,\t1E+2, 12345678901234567890]\n"));
    assertEquals(
        "[\"a \\n b\",\"\\u00e9\\/\\\\\",\"\\\" , \"]",
        JsonLd.compact("[\"a \n b\", \"\\u00e9\\/\\\\\", \"\\\" , \"]"));
    for (String broken :
        List.of("{\"a\":1,}", "01", "1 2", "tr ue", "", "\"a", "\"\\\n\"", "\"\u0001\"", "[1]\"")) {
      assertNull(JsonLd.compact(broken), broken);
    }
  }

  @Test
  void plainTextIsAPageToo() {
    Page page =
        parser.parse(
            URL, "Just  some\ntext <b>".getBytes(StandardCharsets.UTF_8), "text/plain", null);
    assertEquals("Just some text <b>", page.text());
  }
}
