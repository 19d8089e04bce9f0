package dev.naru.log.bookkeeper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** BookKeeper and ZooKeeper stand behind two ports, so that a simulator can stand there too. */
class LedgerRoomTest {
  private static final JavaClasses ROOM =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.naru.log.bookkeeper");

  @Test
  void portsOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.naru.log.bookkeeper")
        .and()
        .haveNameNotMatching(".*\\.(BookKeeper|ZooKeeper|Embedded)[^.]*")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.bookkeeper..", "org.apache.zookeeper..")
        .check(ROOM);
  }

  @Test
  void readsNoClock() {
    noClasses().should().callMethod(System.class, "currentTimeMillis").check(ROOM);
  }
}
