package dev.naru.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** The room knows no other room of Naru, and a job file is judged without Spark. */
class SparkRoomsTest {
  private static final ArchRule KNOWS_NO_OTHER_ROOM =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.naru.log..", "dev.naru.broker..", "dev.naru.connect..", "dev.naru.cli..")
          .because("Spark brings Kafka's clients in a version of its own");

  private static final ArchRule A_JOB_FILE_IS_JUDGED_WITHOUT_SPARK =
      classes()
          .that()
          .resideInAPackage("dev.naru.spark.job")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.naru.spark.job", "java..", "org.snakeyaml.engine..")
          .because("its mistakes are told before Spark is fetched");

  private static final ArchRule SINKS_AND_MODELS_DO_NOT_KNOW_WHO_RUNS_THEM =
      noClasses()
          .that()
          .resideInAnyPackage("dev.naru.spark.sink", "dev.naru.spark.model", "dev.naru.spark.view")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.naru.spark.run");

  static {
    // Names are enough for these rules; Spark's own classes are many.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
  }

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.naru.spark");

  @Test
  void theRoomStandsAlone() {
    KNOWS_NO_OTHER_ROOM.check(classes);
  }

  @Test
  void itsPackagesKeepTheirOrder() {
    A_JOB_FILE_IS_JUDGED_WITHOUT_SPARK.check(classes);
    SINKS_AND_MODELS_DO_NOT_KNOW_WHO_RUNS_THEM.check(classes);
  }
}
