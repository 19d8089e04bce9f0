package dev.naru.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Which room may know which: the command line sees them all, so it watches over all. */
class RoomsTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.naru");

  /** One test for each rule below; ArchUnit's own engine is passed over by the build. */
  @TestFactory
  Stream<DynamicTest> everyRuleHolds() {
    return Arrays.stream(RoomsTest.class.getDeclaredFields())
        .filter(field -> field.getType() == ArchRule.class)
        .map(
            field ->
                DynamicTest.dynamicTest(
                    field.getName(),
                    () -> {
                      ArchRule rule = (ArchRule) field.get(null);
                      Assertions.assertFalse(ALL.isEmpty());
                      rule.check(ALL);
                    }));
  }

  static final ArchRule logKnowsNoSocketsAndNoServer =
      classes()
          .that()
          .resideInAPackage("dev.naru.log..")
          .and()
          .resideOutsideOfPackage("dev.naru.log.bookkeeper..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.naru.log..", "java..", "org.apache.kafka.common..", "org.slf4j..")
          .because("a segment's home may be anywhere, and a simulator must be able to run the log");

  static final ArchRule onlyTheSeatKnowsBookKeeper =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.naru.log.bookkeeper..", "dev.naru.cli.cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.naru.log.bookkeeper..", "org.apache.bookkeeper..", "org.apache.zookeeper..")
          .because("a node of its own does without, and what it loads it would pay for");

  static final ArchRule brokerKnowsNoCommandAndNoConnector =
      noClasses()
          .that()
          .resideInAPackage("dev.naru.broker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.naru.cli..", "dev.naru.connect..");

  static final ArchRule connectKnowsNoNode =
      noClasses()
          .that()
          .resideInAPackage("dev.naru.connect..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.naru.cli..", "dev.naru.broker..", "dev.naru.log..");

  static final ArchRule connectorsRunInAnyWorker =
      noClasses()
          .that()
          .resideInAnyPackage("dev.naru.connect.crawler..", "dev.naru.connect.jdbc..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka.connect.runtime..", "dev.naru.connect.host..")
          .because("a stock Kafka Connect worker has the API, and nothing of ours");

  static final ArchRule onlyJdkTypesCrossTheBorderOfConnect =
      classes()
          .that()
          .resideInAPackage("dev.naru.connect.host")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.naru.connect.host", "java..")
          .because("Connect's clients and the node's are of different versions");

  static final ArchRule insideOfTheHostIsReachedByReflectionOnly =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.naru.connect.host.inside..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.naru.connect.host.inside..");

  static final ArchRule groupCoordinatorHasOneDoor =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.naru.broker.group..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.coordinator.group..")
          .because("it is an internal API of Kafka's, and may change with every version");

  static final ArchRule transactionCoordinatorHasOneDoor =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.naru.broker.txn..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.coordinator.transaction..")
          .because("it is an internal API of Kafka's, and may change with every version");

  static final ArchRule nodeLinksHaveOneDoor =
      noClasses()
          .that()
          .resideInAPackage("dev.naru.broker..")
          .and()
          .resideOutsideOfPackage("dev.naru.broker.cluster..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("org.apache.kafka.clients.NetworkClient")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.common.security.scram..")
          .because("whoever sends to another node shows the cluster's secret");

  static final ArchRule startKnowsNoClients =
      noClasses()
          .that()
          .resideInAnyPackage("dev.naru.cli.start..", "dev.naru.cli.node..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka.clients..")
          .because("a node is ready in less time than a client needs to be loaded");

  static final ArchRule onlyTheHelpOfStartKnowsPicocli =
      noClasses()
          .that()
          .resideInAnyPackage("dev.naru.cli.start..", "dev.naru.cli.node..")
          .and()
          .doNotHaveSimpleName("StartCommand")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..")
          .because("reading every command's options by reflection takes longer than opening a log");
}
