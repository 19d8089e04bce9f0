package dev.naru.cli.node;

import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Kafka Connect would say if it ran and had no connectors, so that asking for that does not
 * start it.
 */
final class IdleAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(IdleAnswers.class);
  private static final String VERSION = "kafka/kafka-version.properties";

  private static final Pattern CONNECTOR = Pattern.compile("(?:/naru)?/connectors/([^/]+)(?:/.*)?");
  private static final Pattern CONFIG = Pattern.compile("/connectors/[^/]+/config");

  private final Path jars;

  /**
   * @param jars the folder of Connect's runtime
   */
  IdleAnswers(Path jars) {
    this.jars = jars;
  }

  /** The answer, or null when only Connect itself can tell. */
  RestAnswer answer(RestRequest request, String clusterId) {
    String path = request.path();
    if (path.length() > 1 && path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    if (isForConnect(request.method(), path)) {
      return null;
    }
    if (request.method().equals("GET")) {
      switch (path) {
        case "/" -> {
          return RestAnswer.json(200, server(clusterId));
        }
        case "/health" -> {
          return RestAnswer.json(
              200,
              "{\"status\":\"healthy\",\"message\":"
                  + "\"Kafka Connect is started with the first connector.\"}");
        }
        case "/connectors" -> {
          return RestAnswer.json(200, request.query().contains("expand=") ? "{}" : "[]");
        }
        default -> LOG.trace("there is no {} without connectors", path);
      }
    }
    Matcher connector = CONNECTOR.matcher(path);
    return RestAnswer.error(
        404,
        connector.matches()
            ? "Connector " + RestRequest.decoded(connector.group(1)) + " not found"
            : "HTTP 404 Not Found");
  }

  /** What makes a connector, or asks for what could be one. */
  private static boolean isForConnect(String method, String path) {
    return path.startsWith("/connector-plugins")
        || path.startsWith("/admin/")
        || (method.equals("POST") && path.equals("/connectors"))
        || (method.equals("PUT") && CONFIG.matcher(path).matches());
  }

  private String server(String clusterId) {
    Properties version = version();
    return "{\"version\":"
        + RestAnswer.quoted(version.getProperty("version", "unknown"))
        + ",\"commit\":"
        + RestAnswer.quoted(version.getProperty("commitId", "unknown"))
        + ",\"kafka_cluster_id\":"
        + RestAnswer.quoted(clusterId)
        + "}";
  }

  /** As Kafka's clients find it. */
  private Properties version() {
    Properties version = new Properties();
    try (Stream<Path> files = Files.list(jars)) {
      List<Path> clients =
          files.filter(file -> file.getFileName().toString().startsWith("kafka-clients-")).toList();
      for (Path jar : clients) {
        read(jar, version);
      }
    } catch (IOException e) {
      LOG.debug("the version of Kafka Connect is not in {}", jars, e);
    }
    return version;
  }

  private static void read(Path jar, Properties version) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry entry = zip.getEntry(VERSION);
      if (entry != null) {
        try (InputStream in = zip.getInputStream(entry)) {
          version.load(in);
        }
      }
    }
  }

  /** What Connect says while it is starting. */
  static RestAnswer starting() {
    return new RestAnswer(
        503,
        Map.of("Content-Type", List.of("application/json")),
        RestAnswer.json(
                503, "{\"status\":\"starting\",\"message\":\"Worker is still starting up.\"}")
            .body());
  }
}
