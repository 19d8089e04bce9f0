package dev.naru.proving.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.FreePort;
import dev.naru.proving.node.NaruCommand;
import dev.naru.proving.node.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Starts that cannot work: one clear sentence, an exit code that is not 0, and nothing broken. */
class StartIT {
  private final Path directory = SharedNode.newDirectory("start");

  @BeforeEach
  void onlyNaruMakesThesePromises() {
    Assumptions.assumeTrue(TestNode.Kind.chosen() == TestNode.Kind.NARU);
  }

  /** What a start that fails said, without stack traces. */
  private String refused(Path data, String listen, String... more) throws Exception {
    List<String> command = new ArrayList<>(NaruCommand.java());
    command.addAll(List.of("start", "--data", data.toString(), "--listen", listen));
    command.addAll(List.of(more));
    Path log = Files.createTempFile(directory, "start", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertTrue(
          process.waitFor(Clients.DEADLINE.toSeconds(), TimeUnit.SECONDS),
          "the start went on: " + Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(log);
    assertNotEquals(0, process.exitValue(), output);
    assertTrue(output.lines().noneMatch(line -> line.startsWith("\tat ")), output);
    assertTrue(output.lines().noneMatch(line -> line.startsWith("ready ")), output);
    assertTrue(output.lines().count() <= 3, output);
    return output;
  }

  private static String freeAddress() {
    return "127.0.0.1:" + FreePort.next();
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      String said = refused(directory.resolve("data"), address);
      assertTrue(said.contains(String.valueOf(taken.getLocalPort())), said);
    }
  }

  @Test
  void anHttpPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      String said = refused(directory.resolve("data"), freeAddress(), "--http", address);
      assertTrue(said.contains(address + " for HTTP"), said);
    }
  }

  @Test
  void aDataDirectoryInUseIsNamedAndItsOwnerGoesOn() throws Exception {
    try (TestNode owner =
        TestNode.create(TestNode.Kind.NARU, directory.resolve("owner"), Map.of())) {
      owner.start();
      String said = refused(owner.dataDirectory(), freeAddress());
      assertTrue(said.contains(owner.dataDirectory().toString()), said);
      assertTrue(owner.isAlive());
      assertEquals(0, owner.stop());
    }
  }

  @Test
  void aDataDirectoryThatCannotBeMadeIsNamed() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "not a directory");
    String said = refused(file.resolve("data"), freeAddress());
    assertTrue(said.contains(file.toString()), said);
    said = refused(file, freeAddress());
    assertTrue(said.contains(file.toString()), said);
  }

  @Test
  void aDataDirectoryOfANewerVersionIsLeftAlone() throws Exception {
    try (TestNode node =
        TestNode.create(TestNode.Kind.NARU, directory.resolve("newer"), Map.of())) {
      node.start();
      assertEquals(0, node.stop());
      Path meta = node.dataDirectory().resolve("naru.properties");
      String written = Files.readString(meta, StandardCharsets.ISO_8859_1);
      Files.writeString(
          meta,
          written.replaceAll("(?m)^format.version=.*$", "format.version=999"),
          StandardCharsets.ISO_8859_1);
      List<Path> before = files(node.dataDirectory());
      String said = refused(node.dataDirectory(), freeAddress());
      assertTrue(said.contains("999"), said);
      assertEquals(before, files(node.dataDirectory()));
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void aSettingThatIsWrongIsNamed() throws Exception {
    String said = refused(directory.resolve("data"), freeAddress(), "--set", "num.partitions=many");
    assertTrue(said.contains("num.partitions"), said);
  }

  @Test
  void anAddressThatIsNoneIsNamed() throws Exception {
    String said = refused(directory.resolve("data"), "127.0.0.1:99999");
    assertTrue(said.contains("99999"), said);
  }
}
