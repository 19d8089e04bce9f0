package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.Failures;
import dev.naru.cli.HostPort;
import java.io.IOException;
import java.io.Reader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidGroupIdException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Option;

/** Which node a command talks to, and how. */
public final class Cluster {
  public static final String DEFAULT_BOOTSTRAP = "127.0.0.1:9092";

  private static final int CONNECT_PATIENCE_MS = 3_000;
  private static final String ANSWER_PATIENCE_MS = "15000";

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      defaultValue = DEFAULT_BOOTSTRAP,
      description = "A node to begin with (default: ${DEFAULT-VALUE}).")
  private String bootstrap = DEFAULT_BOOTSTRAP;

  @Option(
      names = "--client-property",
      paramLabel = "NAME=VALUE",
      description = "A property of Kafka's client, such as client.id=me; repeatable.")
  private Map<String, String> clientProperties = new HashMap<>();

  @Option(
      names = "--command-config",
      paramLabel = "FILE",
      description =
          "A properties file for Kafka's client, such as one with security.protocol=SSL and"
              + " ssl.truststore.location=…; --client-property wins over it.")
  private Path commandConfig;

  private String addressOption = "--bootstrap";
  private String fileOption = "--command-config";

  /**
   * Another cluster than the one that {@code --bootstrap} names.
   *
   * @param addressOption the option that gave the address, for what is said of a mistake in it
   * @param address {@code HOST:PORT[,…]}
   * @param fileOption likewise of the file
   * @param file properties for Kafka's client, or null
   */
  public static Cluster other(String addressOption, String address, String fileOption, Path file) {
    Cluster other = new Cluster();
    other.addressOption = addressOption;
    other.bootstrap = address;
    other.fileOption = fileOption;
    other.commandConfig = file;
    return other;
  }

  public String bootstrap() {
    return bootstrap;
  }

  /** The client's configuration; throws at once when nobody listens at any of the addresses. */
  public Map<String, Object> config() {
    Map<String, String> fromFile = commandConfig == null ? Map.of() : read(commandConfig);
    requireListener();
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("client.id", "naru-cli");
    config.put("default.api.timeout.ms", ANSWER_PATIENCE_MS);
    config.put("request.timeout.ms", ANSWER_PATIENCE_MS);
    config.put("enable.metrics.push", "false");
    config.putAll(fromFile);
    config.putAll(clientProperties);
    return config;
  }

  private Map<String, String> read(Path file) {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      read.load(reader);
    } catch (NoSuchFileException e) {
      throw CliException.mistake(fileOption + ": there is no file " + file, e);
    } catch (IOException | IllegalArgumentException e) {
      throw CliException.mistake(fileOption + ": cannot read " + file + ": " + e.getMessage(), e);
    }
    Map<String, String> properties = new HashMap<>();
    read.stringPropertyNames()
        .forEach(name -> properties.put(name, read.getProperty(name).strip()));
    return properties;
  }

  public Admin admin() {
    return Admin.create(config());
  }

  /** Kafka's clients try for a long while before they say that nobody is there. */
  private void requireListener() {
    List<HostPort> addresses = new ArrayList<>();
    for (String address : bootstrap.split(",")) {
      addresses.add(HostPort.parse(addressOption, address.strip()));
    }
    IOException refusal = null;
    for (HostPort address : addresses) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_PATIENCE_MS);
        return;
      } catch (IOException e) {
        refusal = e;
      }
    }
    throw CliException.failure(
        "no node answers at " + bootstrap + "; start one with ./naru start", refusal);
  }

  /** Waits for an answer and turns a refusal into a sentence about {@code subject}. */
  public static <T> T await(String subject, KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw refusal(subject, Failures.unwrap(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
  }

  /** A refusal as a sentence about {@code subject}, with the exit code that fits. */
  public static CliException refusal(String subject, Throwable e) {
    if (e instanceof TimeoutException) {
      return CliException.failure(subject + ": the node did not answer in time", e);
    }
    if (e instanceof UnknownTopicOrPartitionException) {
      return CliException.failure(subject + ": there is no such topic or partition", e);
    }
    String sentence = subject + ": " + Failures.sentence(e);
    boolean mistaken =
        e instanceof InvalidTopicException
            || e instanceof InvalidConfigurationException
            || e instanceof InvalidPartitionsException
            || e instanceof InvalidRequestException
            || e instanceof InvalidGroupIdException;
    return mistaken ? CliException.mistake(sentence, e) : CliException.failure(sentence, e);
  }
}
