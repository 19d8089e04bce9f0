package dev.naru.proving.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.Scripts;
import dev.naru.proving.SharedNode;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Apache Kafka's command line tools, as users type them at the shared node. They run in one JVM,
 * which lives as long as this one. Arguments are separated by blanks and have none in them.
 */
final class Tools {
  static final String CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";
  static final String GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
  static final String OFFSETS = "org.apache.kafka.tools.GetOffsetShell";
  static final String TOPICS = "org.apache.kafka.tools.TopicCommand";

  private static Tools shared;

  private final File errors = SharedNode.newDirectory("tools").resolve("tools.log").toFile();
  private final Peer peer = Peer.piped(errors, "CommandServer");
  private final DataOutputStream to =
      new DataOutputStream(new BufferedOutputStream(peer.process().getOutputStream()));
  private final DataInputStream from = new DataInputStream(peer.process().getInputStream());

  private Tools() {}

  // ---- Running -------------------------------------------------------------------------------

  /** What a tool left behind. */
  record Result(int exitCode, String out, String err) {
    /** What it printed, when it succeeded. */
    List<String> lines() {
      assertEquals(0, exitCode, this::toString);
      return out.lines().toList();
    }

    /** The lines, with every run of blanks as one, and without the empty ones. */
    List<String> words() {
      return lines().stream()
          .map(line -> line.strip().replaceAll("\\s+", " "))
          .filter(line -> !line.isEmpty())
          .toList();
    }

    void assertHas(String expected) {
      assertTrue(words().contains(expected), () -> expected + " is not in " + this);
    }
  }

  /** Runs a tool that takes its bootstrap address by that name, and waits for its end. */
  static Result run(String type, String arguments) {
    return runPlain(type, "--bootstrap-server " + SharedNode.bootstrap() + " " + arguments);
  }

  /** Runs a tool with just these arguments. */
  static synchronized Result runPlain(String type, String arguments) {
    if (shared == null) {
      shared = new Tools();
    }
    return shared.call(type, arguments);
  }

  /** Runs a tool in a JVM of its own, for those that do their work when the JVM ends. */
  static List<String> runAlone(String input, String type, String arguments) {
    return Scripts.run(
        Path.of("."),
        Map.of(),
        Peer.command(type, split("--bootstrap-server " + SharedNode.bootstrap() + " " + arguments)),
        input);
  }

  private static String[] split(String arguments) {
    return arguments.strip().split(" +");
  }

  private Result call(String type, String arguments) {
    List<String> frame = new ArrayList<>(List.of(type));
    frame.addAll(List.of(split(arguments)));
    try {
      to.writeInt(frame.size());
      for (String string : frame) {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        to.writeInt(bytes.length);
        to.write(bytes);
      }
      to.flush();
      return new Result(from.readInt(), read(), read());
    } catch (EOFException e) {
      throw new AssertionError("the tools' JVM ended, see " + errors, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read() throws IOException {
    return new String(from.readNBytes(from.readInt()), StandardCharsets.UTF_8);
  }

  // ---- Topics to run them on -----------------------------------------------------------------

  static String created(String name, int partitions) {
    String topic = Clients.unique(name);
    assertEquals(
        List.of("Created topic " + topic + "."),
        run(TOPICS, "--create --topic " + topic + " --partitions " + partitions).lines());
    return topic;
  }

  /** A topic of one partition with these values: 0, 1, 2, … */
  static String filled(String name, int count) {
    String topic = created(name, 1);
    try (Producer<String, String> producer = Clients.producer(SharedNode.bootstrap())) {
      numbers(0, count).stream()
          .map(value -> producer.send(new ProducerRecord<>(topic, value)))
          .toList()
          .forEach(Clients::get);
    }
    return topic;
  }

  static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }
}
