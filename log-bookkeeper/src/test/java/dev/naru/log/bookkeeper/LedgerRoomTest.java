package dev.naru.log.bookkeeper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** BookKeeper and ZooKeeper stand behind two ports, so that a simulator can stand there too. */
@AnalyzeClasses(
    packages = "dev.naru.log.bookkeeper",
    importOptions = ImportOption.DoNotIncludeTests.class)
class LedgerRoomTest {
  @ArchTest
  static final ArchRule portsOnly =
      noClasses()
          .that()
          .haveSimpleNameNotStartingWith("BookKeeper")
          .and()
          .haveSimpleNameNotStartingWith("ZooKeeper")
          .and()
          .haveSimpleNameNotStartingWith("Embedded")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.bookkeeper..", "org.apache.zookeeper..");

  @ArchTest
  static final ArchRule readsNoClock =
      noClasses().should().callMethod(System.class, "currentTimeMillis");
}
