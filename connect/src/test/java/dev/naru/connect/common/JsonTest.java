package dev.naru.connect.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void valuesBecomeWhatConnectTakes() throws JsonException {
    assertEquals(
        Map.of("a", List.of(1L, -2.5, "x\n\u00e9\"", true), "b", Map.of()),
        JsonParser.parse(" { \"a\" : [1, -2.5, \"x\\n\\u00e9\\\"\", true] , \"b\" : { } } "));
    assertEquals(null, JsonParser.parse("null"));
    assertEquals(Long.MAX_VALUE, JsonParser.parse("9223372036854775807"));
    assertEquals(0x1p63, JsonParser.parse("9223372036854775808"));
    assertEquals(1e300, JsonParser.parse("1E+300"));
    assertEquals("나루", JsonParser.parse("\"나루\""));
  }

  @Test
  void whatIsNotJsonIsRefusedWithThePlace() {
    for (String text :
        List.of(
            "",
            "{",
            "[1,]",
            "{\"a\":}",
            "01",
            "1.",
            "1e",
            "-",
            "tru",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u\uff10\uff10\uff14\uff11\"",
            "\"a\tb\"",
            "[1] 2",
            "{a:1}",
            "NaN",
            "'a'",
            "[".repeat(10_000))) {
      assertThrows(JsonException.class, () -> JsonParser.parse(text), text);
    }
    JsonException e = assertThrows(JsonException.class, () -> JsonParser.parse("[1,}"));
    assertEquals("Not JSON at character 4: there is no value.", e.getMessage());
  }

  @Test
  void whatIsWrittenIsReadTheSame() throws JsonException {
    Object value =
        JsonParser.parse("{\"a\":[1,2.5,\"\\u0001\\n\\\\\"],\"b\":null,\"c\":{\"d\":false}}");
    assertEquals(value, JsonParser.parse(JsonText.of(value)));
    assertEquals(
        "[\"NaN\",\"Infinity\"]", JsonText.of(List.of(Double.NaN, Float.POSITIVE_INFINITY)));
  }

  @Test
  void pointersFindTheirPlace() throws JsonException {
    Object document = JsonParser.parse("{\"a/b\":[{\"~\":7}],\"\":1}");
    assertEquals(7L, new JsonPointer("/a~1b/0/~0").in(document));
    assertEquals(1L, new JsonPointer("/").in(document));
    assertEquals(document, new JsonPointer("").in(document));
    assertEquals(null, new JsonPointer("/a~1b/1/x").in(document));
    assertThrows(IllegalArgumentException.class, () -> new JsonPointer("a"));
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    Backoff backoff = new Backoff(10, 35);
    assertEquals(
        List.of(10L, 20L, 35L, 35L),
        List.of(
            backoff.pauseMs(1), backoff.pauseMs(2), backoff.pauseMs(3), backoff.pauseMs(1_000)));
  }
}
