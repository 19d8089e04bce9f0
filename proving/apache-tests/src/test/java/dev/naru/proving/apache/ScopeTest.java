package dev.naru.proving.apache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.streams.integration.utils.EmbeddedKafkaCluster;
import org.apache.kafka.tools.TopicCommandTest;
import org.junit.jupiter.api.Test;

/** Nothing in Apache's two jars is forgotten: what starts a broker is run, or is out of scope. */
class ScopeTest {
  private static final List<String> STARTERS =
      List.of(
          "org/apache/kafka/streams/integration/utils/EmbeddedKafkaCluster",
          "org/apache/kafka/common/test/api/ClusterTest;",
          "org/apache/kafka/common/test/api/ClusterTemplate;");

  /** They have no tests. */
  private static final Set<String> HELPERS = Set.of("tools.other.ReplicationQuotasTestRig");

  private final ReasonedList outOfScope = ReasonedList.load("out-of-scope.txt");
  private final ReasonedList expectedFailures = ReasonedList.load("expected-failures.txt");

  @Test
  void everyClassThatStartsABrokerIsOnOneList() throws Exception {
    Set<String> chosen = chosen();
    Set<String> forgotten = new TreeSet<>();
    for (String name : starters()) {
      boolean isOutside = outOfScope.names().contains(name);
      if (isOutside == chosen.contains(name)) {
        forgotten.add(name);
      }
    }
    assertEquals(Set.of(), forgotten, "on none of the lists, or on both");
  }

  @Test
  void theListsNameWhatIsThere() throws Exception {
    Set<String> unknown = new TreeSet<>(chosen());
    unknown.removeAll(starters());
    assertEquals(Set.of(), unknown, "classes.txt names classes that start no broker");
    Set<String> listed = new TreeSet<>();
    outOfScope.names().stream()
        .filter(name -> !name.startsWith("*"))
        .forEach(name -> listed.add(name.replaceFirst("#.*", "")));
    expectedFailures.names().forEach(name -> listed.add(name.replaceFirst("#.*", "")));
    listed.removeAll(starters());
    assertEquals(Set.of(), listed, "the lists name classes that start no broker");
  }

  @Test
  void whatIsExpectedToFailIsRun() {
    for (String name : expectedFailures.names()) {
      assertTrue(chosen().contains(name.replaceFirst("#.*", "")), name);
      assertTrue(outOfScope.reason(name) == null, name);
    }
  }

  private static Set<String> chosen() {
    ClassLists lists = ClassLists.load();
    Set<String> chosen = new HashSet<>(lists.quick());
    for (String name : lists.soak()) {
      assertTrue(chosen.add(name), name + " is there twice");
    }
    return chosen;
  }

  private static Set<String> starters() throws IOException, ReflectiveOperationException {
    Set<String> found = new TreeSet<>();
    for (Class<?> inJar : List.of(EmbeddedKafkaCluster.class, TopicCommandTest.class)) {
      String jar = inJar.getProtectionDomain().getCodeSource().getLocation().getPath();
      for (String name : classes(jar)) {
        Class<?> candidate = Class.forName(name, false, ScopeTest.class.getClassLoader());
        if (!Modifier.isAbstract(candidate.getModifiers()) && startsBroker(candidate)) {
          found.add(TestIds.ofClass(name));
        }
      }
    }
    return found;
  }

  /** The jar's outer classes, except the helpers of which tests are made. */
  private static List<String> classes(String jar) throws IOException {
    try (JarFile file = new JarFile(jar)) {
      return file.stream()
          .map(JarEntry::getName)
          .filter(name -> name.matches("[^$]*\\.class") && !name.contains("/utils/"))
          .map(name -> name.replace(".class", "").replace('/', '.'))
          .filter(name -> !HELPERS.contains(TestIds.ofClass(name)))
          .toList();
    }
  }

  /** Whether the class, or one that it extends, names what starts a broker. */
  private static boolean startsBroker(Class<?> candidate) throws IOException {
    if (candidate == null || candidate == Object.class) {
      return false;
    }
    String resource = candidate.getName().replace('.', '/') + ".class";
    try (InputStream in = ScopeTest.class.getClassLoader().getResourceAsStream(resource)) {
      String constants = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      return STARTERS.stream().anyMatch(constants::contains)
          || startsBroker(candidate.getSuperclass());
    }
  }
}
