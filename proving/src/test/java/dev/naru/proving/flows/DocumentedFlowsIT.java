package dev.naru.proving.flows;

import dev.naru.proving.node.Places;
import dev.naru.proving.pages.FreshCopy;
import dev.naru.proving.pages.Page;
import dev.naru.proving.pages.Walk;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The README's beginning and each page of docs/flows, by copy and paste in a fresh copy of the
 * project: every command as it stands there, every output as it is shown there. What is built, and
 * what Maven fetched, stays from page to page; nothing else does.
 *
 * <p>{@code -Dsoak=true -Dit.test='DocumentedFlowsIT#flow1*'} walks one of them. {@code
 * -Dwalk.have=internet,mongodb} walks those blocks, too, that need what is not everywhere. {@code
 * -Dwalk.copy=DIR} walks in a copy that stays, so that it is not built anew for each change of a
 * page; its path must be short.
 */
@Tag("once")
@EnabledIfSystemProperty(named = "soak", matches = "true")
@TestMethodOrder(MethodOrderer.MethodName.class)
class DocumentedFlowsIT {
  private static final String NODE = "127.0.0.1:9092";
  private static final String HTTP = "127.0.0.1:8080";
  private static final String SITE = "127.0.0.2:8081";
  private static final String OTHER_SITE = "127.0.0.3:8082";
  private static final String MARIADB = "127.0.0.1:13306";
  private static final String POSTGRES = "127.0.0.1:15432";

  private static FreshCopy copy;

  @BeforeAll
  static void copy() {
    String stays = System.getProperty("walk.copy");
    copy =
        stays == null ? FreshCopy.of(Places.root()) : FreshCopy.in(Path.of(stays), Places.root());
  }

  @AfterAll
  static void delete() {
    if (copy != null) {
      copy.close();
    }
  }

  @Test
  void beginningOfTheReadme() {
    Path readme = Places.root().resolve("README.md");
    walk(Page.read(readme, "Two commands", "A node for your own programs"), NODE, HTTP);
  }

  @Test
  void flow1PythonToPython() {
    walk("1-python.md", NODE);
  }

  @Test
  void flow2CrawlerToDatabase() {
    walk("2-crawler-to-database.md", NODE, HTTP, SITE, OTHER_SITE, MARIADB, POSTGRES);
  }

  @Test
  void flow3CrawlerToSparkToDatabase() {
    walk("3-crawler-to-spark-to-database.md", NODE, SITE);
  }

  @Test
  void flow4SparkModel() {
    walk("4-spark-model.md", NODE);
  }

  @Test
  void flow5Shop() {
    walk("5-shop.md", NODE, HTTP, MARIADB, POSTGRES);
  }

  @Test
  void flow6Streams() {
    walk("6-streams.md", NODE);
  }

  private static void walk(String page, String... addresses) {
    walk(Page.read(Places.root().resolve("docs/flows").resolve(page)), addresses);
  }

  private static void walk(Page page, String... addresses) {
    Walk.requireFree(List.of(addresses));
    Path logs = Path.of("target", "walks", page.name()).toAbsolutePath();
    Set<String> have = Set.of(System.getProperty("walk.have", "").split(","));
    System.out.println("walked " + new Walk(copy, page, logs, have).run());
  }
}
