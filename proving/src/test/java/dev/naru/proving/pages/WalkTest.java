package dev.naru.proving.pages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("once")
class WalkTest {
  @TempDir private Path directory;
  private FreshCopy copy;

  @BeforeEach
  void copy() throws IOException {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(root.resolve("there"), "of the project\n");
    copy = FreshCopy.of(root, List.of("there"));
  }

  @AfterEach
  void delete() {
    copy.close();
    assertFalse(Files.exists(copy.folder()));
  }

  @Test
  void whatGoesOnRunsInATerminalOfItsOwnUntilCtrlC() {
    String came =
        walk(
            """
            ```sh terminal=server
            echo ready; sleep 100
            ```
            ```text
            ready
            ```
            ```sh terminal=jobs
            sleep 100 &
            sleep 100 &
            ```
            ```sh
            name=reader
            cat there
            ```
            ```text
            of the project
            ```
            ```sh
            echo $name
            ```
            ```text
            reader
            ```
            ```sh terminal=jobs
            kill -9 %1
            kill %%; wait
            ```
            ```sh instead
            exit 1
            ```
            ```keys terminal=server
            Ctrl-C
            ```
            """);
    assertTrue(came.startsWith("page.md: 6 blocks in 3 terminals as the page says"), came);
    assertTrue(came.endsWith("; left out were those of lines 28 (instead)"), came);
  }

  @Test
  void aReaderAsksAgainUntilItIsThere() {
    walk(
        """
        ```sh
        echo >>asked
        ```
        ```sh again within=30s
        echo >>asked; wc -l <asked
        ```
        ```text
        3
        ```
        ```sh again within=30s
        echo >>asked; wc -l <asked | grep 5
        ```
        ```sh
        rm asked
        ```
        """);
  }

  @Test
  void aCommandThatFailsIsTold() {
    assertFails("```sh\ntrue\nfalse\ntrue\n```", "page.md:1: ", "failed: [false: exit code 1]");
    assertFails("```sh\nif then\n```", "syntax error");
    assertFails("```sh terminal=a\necho gone; exit 3\n```", "the shell ended");
    assertFails("```sh terminal=a\n(exit 3)\n```\n```text\nready\n```", "exit code 3");
  }

  @Test
  void whatIsNotShownIsTold() {
    assertFails("```sh\necho 4\n```\n```text\n5\n```", "to be shown:\n5", "It showed:\n4");
    assertFails(
        "```sh terminal=a within=1s\necho 4; sleep 9\n```\n```text\n5\n```", "to be shown:\n5");
    assertFails("```sh within=1s\nsleep 9\n```", "did not come to its end");
  }

  @Test
  void aTerminalThatIsBusyTakesNothing() {
    String first = "```sh terminal=a\necho up; sleep 9\n```\n```text\nup\n```\n";
    assertFails(first + "```sh terminal=a within=1s\necho\n```", "still busy with: echo up");
    assertFails("```keys\nCtrl-C\n```", "nothing that Ctrl-C could end");
  }

  @Test
  void nothingMayBeLeft() {
    assertFails(
        "```sh terminal=a\nsleep 100 &\n```", "does not say how to end these: ", "sleep 100");
    assertFails("```sh\necho >made\n```", "does not say how to remove these: [made]");
    assertEquals(List.of(), copy.leftFiles());
  }

  @Test
  void aPortThatIsTakenStopsAWalkBeforeItBegins() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      AssertionError told =
          assertThrows(AssertionError.class, () -> Walk.requireFree(List.of(address)));
      assertTrue(told.getMessage().contains("use " + address), told.getMessage());
    }
  }

  private String walk(String markdown) {
    Page page = Page.of("page.md", markdown);
    Path logs = directory.resolve("logs");
    String came = new Walk(copy, page, logs, Set.of(), Duration.ofMillis(500)).run();
    assertEquals(List.of(), copy.running());
    return came;
  }

  private void assertFails(String markdown, String... told) {
    AssertionError failure = assertThrows(AssertionError.class, () -> walk(markdown));
    for (String part : told) {
      assertTrue(failure.getMessage().contains(part), failure.getMessage());
    }
    assertEquals(List.of(), copy.running(), "what had been started was ended");
  }
}
