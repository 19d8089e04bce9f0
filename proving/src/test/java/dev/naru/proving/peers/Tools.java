package dev.naru.proving.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

/** Apache Kafka's command line tools, as users type them, all in one JVM of their own. */
final class Tools implements AutoCloseable {
  /** What a tool left behind. */
  record Result(int exitCode, String out, String err) {
    /** What it printed, when it succeeded. */
    List<String> lines() {
      assertEquals(0, exitCode, this::toString);
      return out.lines().toList();
    }
  }

  private final File errors = SharedNode.newDirectory("tools").resolve("tools.log").toFile();
  private final Peer peer = Peer.piped(errors, "CommandServer");
  private final DataOutputStream to =
      new DataOutputStream(new BufferedOutputStream(peer.process().getOutputStream()));
  private final DataInputStream from = new DataInputStream(peer.process().getInputStream());

  /** Runs the tool of this class and waits for its end. */
  Result run(String type, String... arguments) {
    List<String> frame = new ArrayList<>(List.of(type));
    frame.addAll(List.of(arguments));
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

  /** Runs a tool in a JVM of its own, for those that do their work when the JVM ends. */
  static List<String> runAlone(String input, String type, String... arguments) {
    return Scripts.run(Path.of("."), Map.of(), Peer.command(type, arguments), input);
  }

  @Override
  public void close() {
    peer.close();
  }
}
