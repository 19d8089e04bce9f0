package dev.naru.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.files.FilesSourceConnector;
import dev.naru.connect.http.HttpSinkConnector;
import dev.naru.connect.http.HttpSourceConnector;
import dev.naru.connect.jdbc.JdbcSinkConnector;
import dev.naru.connect.jdbc.JdbcSourceConnector;
import dev.naru.connect.s3.S3SinkConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The pages of the documentation have every option as it is declared. With {@code
 * -Ddocs.write=true} the tables are written anew.
 */
class ConnectorDocsTest {
  private static final Path PAGES = Path.of("..", "docs", "connectors");

  record Documented(Connector connector, String page) {
    @Override
    public String toString() {
      return connector.getClass().getSimpleName();
    }
  }

  static List<Documented> documented() {
    return List.of(
        new Documented(new JdbcSourceConnector(), "jdbc-source.md"),
        new Documented(new JdbcSinkConnector(), "jdbc-sink.md"),
        new Documented(new HttpSourceConnector(), "http.md"),
        new Documented(new HttpSinkConnector(), "http.md"),
        new Documented(new FilesSourceConnector(), "files.md"),
        new Documented(new S3SinkConnector(), "s3.md"));
  }

  private static String table(ConfigDef options) {
    StringBuilder table =
        new StringBuilder("| option | type | default | what it does |\n|---|---|---|---|\n");
    for (ConfigDef.ConfigKey key : options.configKeys().values()) {
      table
          .append("| `")
          .append(key.name)
          .append("` | ")
          .append(key.type.name().toLowerCase(java.util.Locale.ROOT))
          .append(" | ")
          .append(defaultOf(key))
          .append(" | ")
          .append(key.documentation.replace("|", "\\|").replace("*", "\\*"))
          .append(" |\n");
    }
    return table.toString();
  }

  private static String defaultOf(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "(must be set)";
    }
    Object value = key.defaultValue;
    boolean none =
        value == null || value.equals("") || (value instanceof Collection<?> c && c.isEmpty());
    return none ? "" : "`" + value + "`";
  }

  @ParameterizedTest
  @MethodSource("documented")
  void everyOptionIsOnItsPage(Documented documented) throws IOException {
    Path file = PAGES.resolve(documented.page());
    String page = Files.readString(file);
    String name = documented.connector().getClass().getSimpleName();
    String begin = "<!-- options of " + name + " -->\n";
    String end = "<!-- end -->";
    int from = page.indexOf(begin);
    assertTrue(from >= 0, file + " has no line " + begin);
    int to = page.indexOf(end, from);
    String expected = table(documented.connector().config());
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(
          file, page.substring(0, from + begin.length()) + expected + page.substring(to));
      return;
    }
    assertEquals(expected, page.substring(from + begin.length(), to), "run with -Ddocs.write=true");
  }

  @Test
  void everyConnectorIsFoundByConnectAndIsInTheList() throws IOException {
    String list = Files.readString(PAGES.resolve("README.md"));
    Stream<Class<?>> found =
        Stream.concat(
            ServiceLoader.load(SourceConnector.class).stream().map(ServiceLoader.Provider::type),
            ServiceLoader.load(SinkConnector.class).stream().map(ServiceLoader.Provider::type));
    List<String> ours =
        found.map(Class::getName).filter(name -> name.startsWith("dev.naru.")).toList();
    assertTrue(ours.size() >= documented().size(), ours.toString());
    ours.forEach(name -> assertTrue(list.contains(name), name + " is not in the list"));
  }
}
