package dev.naru.broker.cluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Whoever sends to another node shows the cluster's secret: there is one way out. */
class ClusterRoomTest {
  @Test
  void onlyThisPackageSeesKafkasNetworkClientAndScram() {
    JavaClasses broker =
        ArchConfiguration.withThreadLocalScope(
            configuration -> {
              configuration.setResolveMissingDependenciesFromClassPath(false);
              return new ClassFileImporter()
                  .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                  .importPackages("dev.naru.broker");
            });
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.naru.broker.cluster")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.apache.kafka.clients.NetworkClient")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka.common.security.scram..")
        .check(broker);
  }
}
