package dev.naru.connect;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceRule;
import org.junit.jupiter.api.Test;

/**
 * The connectors run in any Connect worker, and the crawler's core neither reads clocks nor does
 * I/O.
 */
class ConnectorRoomsTest {
  private static final ArchRule CONNECTORS_NEED_NOTHING_BUT_CONNECTS_API =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.naru.connect.common..",
              "dev.naru.connect.crawler..",
              "dev.naru.connect.files..",
              "dev.naru.connect.http..",
              "dev.naru.connect.jdbc..",
              "dev.naru.connect.s3..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.naru.connect.host..",
              "org.apache.kafka.connect.runtime..",
              "org.apache.kafka.connect.json..",
              "com.fasterxml..");

  private static final SliceRule CONNECTORS_DO_NOT_KNOW_EACH_OTHER =
      slices().matching("dev.naru.connect.(files|http|jdbc|s3)..").should().notDependOnEachOther();

  private static final ArchRule THE_CRAWLER_KNOWS_NO_OTHER_CONNECTOR =
      noClasses()
          .that()
          .resideInAPackage("dev.naru.connect.crawler..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.naru.connect.files..",
              "dev.naru.connect.http..",
              "dev.naru.connect.jdbc..",
              "dev.naru.connect.s3..");

  private static final ArchRule THE_FRONTIER_DOES_NO_IO =
      noClasses()
          .that()
          .resideInAPackage("dev.naru.connect.crawler.frontier")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.io..",
              "java.net..",
              "java.nio..",
              "java.time..",
              "java.util.concurrent..",
              "dev.naru.connect.crawler.http..",
              "dev.naru.connect.crawler.state..");

  private static final ArchRule THE_CORE_READS_NO_CLOCK =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.naru.connect.crawler.frontier",
              "dev.naru.connect.crawler.url",
              "dev.naru.connect.crawler.page",
              "dev.naru.connect.crawler.state")
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.lang.Thread");

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.naru.connect");

  @Test
  void connectorsRunAnywhere() {
    CONNECTORS_NEED_NOTHING_BUT_CONNECTS_API.check(classes);
    CONNECTORS_DO_NOT_KNOW_EACH_OTHER.check(classes);
    THE_CRAWLER_KNOWS_NO_OTHER_CONNECTOR.check(classes);
  }

  @Test
  void theCrawlersCoreIsPure() {
    THE_FRONTIER_DOES_NO_IO.check(classes);
    THE_CORE_READS_NO_CLOCK.check(classes);
  }
}
