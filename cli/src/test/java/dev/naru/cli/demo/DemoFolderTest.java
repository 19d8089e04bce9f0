package dev.naru.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
  private static final String H2 = "jdbc:h2:file:/x";

  @TempDir Path parent;

  @Test
  void remembersTheSiteFromRunToRun() {
    Path data = parent.resolve("new/demo");
    DemoFolder first = DemoFolder.open(data, false);
    assertEquals(0, first.sitePort());
    assertFalse(first.begun());
    first.rememberSitePort(4711);
    first.begin("http://a/", H2, "pages");
    DemoFolder second = DemoFolder.open(data, false);
    assertEquals(4711, second.sitePort());
    assertTrue(second.begun());
  }

  @Test
  void doesNotGoOnWithAnotherSiteOrDatabase() {
    DemoFolder.open(parent, false).begin("http://a/", H2, "pages");
    DemoFolder again = DemoFolder.open(parent, false);
    again.begin("http://a/", H2, "pages");
    for (String[] other :
        new String[][] {
          {"http://b/", H2, "pages"}, {"http://a/", "jdbc:x", "pages"}, {"http://a/", H2, "p"}
        }) {
      CliException e =
          assertThrows(CliException.class, () -> again.begin(other[0], other[1], other[2]));
      assertEquals(2, e.exitCode());
      assertTrue(e.getMessage().contains("--reset"), e.getMessage());
    }
  }

  @Test
  void resetForgetsEverything() throws Exception {
    DemoFolder.open(parent, false).begin("http://a/", H2, "pages");
    Files.createDirectories(parent.resolve("logs/x"));
    DemoFolder anew = DemoFolder.open(parent, true);
    assertFalse(anew.begun());
    assertFalse(Files.exists(parent.resolve("logs")));
  }

  @Test
  void leavesSomebodyElsesFolderAlone() throws Exception {
    Path precious = Files.writeString(parent.resolve("precious"), "x");
    for (boolean reset : new boolean[] {false, true}) {
      CliException e = assertThrows(CliException.class, () -> DemoFolder.open(parent, reset));
      assertEquals(2, e.exitCode());
    }
    assertTrue(Files.exists(precious));
  }

  @Test
  void passwordsAreNotShown() {
    assertEquals(
        "jdbc:mariadb://h/d?user=u&password=***",
        PagesTable.shown("jdbc:mariadb://h/d?user=u&password=secret"));
    assertEquals("jdbc:postgresql://***@h/d", PagesTable.shown("jdbc:postgresql://u:secret@h/d"));
    assertEquals("jdbc:h2:file:/x", PagesTable.shown("jdbc:h2:file:/x;PASSWORD=secret"));
  }
}
