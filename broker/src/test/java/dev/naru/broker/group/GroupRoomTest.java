package dev.naru.broker.group;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Kafka's group coordinator is an internal API of Kafka's: one package sees it. */
class GroupRoomTest {
  private static final JavaClasses BROKER =
      ArchConfiguration.withThreadLocalScope(
          configuration -> {
            // Packages are all that is asked for; reading Kafka's classes takes ten seconds.
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.naru.broker");
          });

  @Test
  void onlyThisPackageSeesTheGroupCoordinator() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.naru.broker.group")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.kafka.coordinator.group..", "org.apache.kafka.coordinator.common..")
        .check(BROKER);
  }

  @Test
  void nothingButItsHostBringsTheCoordinatorIn() {
    noClasses()
        .that()
        .resideInAPackage("dev.naru.broker..")
        .and()
        .doNotHaveSimpleName("CoordinatorHost")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.apache.kafka.coordinator.group.GroupCoordinatorService")
        .check(BROKER);
  }
}
