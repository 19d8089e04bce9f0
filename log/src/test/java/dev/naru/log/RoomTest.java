package dev.naru.log;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the log may know: Kafka's records, errors, and a logger; nothing of sockets or brokers. */
class RoomTest {
  private static JavaClasses room;

  @BeforeAll
  static void read() {
    room =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.naru.log");
  }

  @Test
  void knowsRecordsAndErrorsOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    "java..",
                    "dev.naru.log",
                    "org.slf4j",
                    "org.apache.kafka.common.record..",
                    "org.apache.kafka.common.errors",
                    "org.apache.kafka.common.compress",
                    "org.apache.kafka.common.header",
                    "org.apache.kafka.common.utils..")
                .or(type(Uuid.class))
                .or(type(KafkaException.class))
                .or(type(InvalidRecordException.class)))
        .check(room);
  }

  @Test
  void touchesFilesThroughTheDiskOnly() {
    noClasses()
        .that()
        .doNotHaveSimpleName("RealDisk")
        .should()
        .dependOnClassesThat(type(Files.class).or(resideInAPackage("java.net..")))
        .check(room);
  }

  @Test
  void readsNoClock() {
    noClasses().should().callMethod(System.class, "currentTimeMillis").check(room);
  }
}
