package dev.naru.proving.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Scripts;
import dev.naru.proving.node.Places;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {
  @Test
  void marksSayWhereAndHowLongAndWhatIsShownBelongsToTheBlockBefore() {
    Page page =
        Page.of(
            "page.md",
            """
            # A page
            ```sh terminal=node within=5m
            ./naru start
            ```
            It says:
            ```text
            ready
            ```
            ```yaml
            name: x
            ```
            ```sh again within=90s
            one
            two
            ```
            ```sh needs=internet
            three
            ```
            ```keys terminal=node
            Ctrl-C
            ```
            """);
    assertEquals(4, page.steps().size());
    Step node = page.steps().get(0);
    assertEquals("node", node.terminal());
    assertEquals(Duration.ofMinutes(5), node.within());
    assertEquals("ready", node.shown().toString());
    assertTrue(node.mayGoOn());
    Step two = page.steps().get(1);
    assertEquals("one\ntwo", two.text());
    assertEquals(12, two.line());
    assertTrue(two.again());
    assertFalse(two.mayGoOn());
    assertEquals("needs=internet", page.steps().get(2).leftOut());
    assertEquals(Step.Kind.KEYS, page.steps().get(3).kind());
  }

  @Test
  void onlyTheSectionsThatAreNamedAreFollowed() {
    String text = "# A\n```sh\na\n```\n## B\n```sh\nb\n```\n## C\n```\nany block\n```\n";
    List<Step> steps = Page.of("page.md", text, "B").steps();
    assertEquals(List.of("b"), steps.stream().map(Step::text).toList());
    IllegalArgumentException missing =
        assertThrows(IllegalArgumentException.class, () -> Page.of("page.md", text, "D"));
    assertTrue(missing.getMessage().contains("no section [D]"), missing.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "```\n./naru start\n```",
        "```sh terminal\nx\n```",
        "```sh within=soon\nx\n```",
        "```sh\nx",
        "  ```sh\n  x\n  ```",
        "```text\nnothing was done\n```",
        "```sh\nx\n```\n```text numbers\n1\n```",
        "```keys\nCtrl-Z\n```",
      })
  void aMarkThatIsNotUnderstoodIsToldWithItsLine(String block) {
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class, () -> Page.of("page.md", "# Page\n\n" + block));
    assertTrue(wrong.getMessage().matches("page.md:[3-6]: .*"), wrong.getMessage());
  }

  @Test
  void whatIsShownMayDifferOnlyWhereThePageSaysSo() {
    String printed = "something\n count |  sum   \n-------+--------\n  1000 | 999500 \n(1 row)\n\n";
    assertTrue(shown(" count |  sum\n-------+--------\n  1000 | 999500").isIn(printed));
    assertFalse(shown(" count |  sum\n  1000 | 999500").isIn(printed), "a line is missing");
    assertTrue(shown("count | sum\n…\n(1 row)").isIn(printed));
    assertTrue(shown("…000 | …").isIn(printed));
    assertFalse(shown("100 | 999500").isIn(printed), "a part of a line");
    assertFalse(shown("1 | 5").isIn(printed));
    assertTrue(new Shown("1 | 5.5", true).isIn(printed));
    assertFalse(new Shown("1 | 5 rows", true).isIn(printed));
  }

  private static Shown shown(String text) {
    return new Shown(text, false);
  }

  /** The test that follows the pages takes long; that they can be followed is seen at once. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1-python.md",
        "2-crawler-to-database.md",
        "3-crawler-to-spark-to-database.md",
        "4-spark-model.md",
        "5-shop.md",
        "6-streams.md"
      })
  void thePagesOfFlowsCanBeFollowed(String name) {
    assertCanBeFollowed(Page.read(Places.root().resolve("docs/flows").resolve(name)));
  }

  @Test
  void theBeginningOfTheReadmeCanBeFollowed() {
    Path readme = Places.root().resolve("README.md");
    assertCanBeFollowed(Page.read(readme, "Two commands", "A node for your own programs"));
  }

  private static void assertCanBeFollowed(Page page) {
    String commands =
        page.steps().stream()
            .filter(step -> step.kind() == Step.Kind.COMMANDS)
            .map(Step::text)
            .collect(Collectors.joining("\n"));
    assertTrue(commands.contains("./naru "), commands);
    Scripts.run(Path.of("."), Map.of(), List.of("bash", "-n", "-c", commands));
  }
}
