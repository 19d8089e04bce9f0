package dev.naru.cli.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CommandTree;
import dev.naru.cli.FakeTerminal;
import dev.naru.log.Disk;
import dev.naru.log.LogStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginCommandTest {
  @TempDir Path data;

  private List<String> remove(String name) throws Exception {
    Path folder = Files.createDirectories(data.resolve("plugins").resolve(name));
    Files.write(folder.resolve("a.jar"), new byte[1]);
    FakeTerminal terminal = new FakeTerminal("");
    PluginCommand command = new PluginCommand(terminal.terminal());
    String[] arguments = {"remove", name, "--data", data.toString()};
    assertEquals(0, CommandTree.run(command, arguments, terminal.terminal()), terminal.err());
    assertFalse(Files.exists(folder));
    return terminal.out().lines().toList();
  }

  @Test
  void aNodeThatRunsIsSaidToNeedARestart() throws Exception {
    assertEquals(List.of("removed one"), remove("one"));
    LogStore store = LogStore.open(Disk.real(), data, System::currentTimeMillis);
    try {
      List<String> said = remove("two");
      assertEquals(2, said.size(), said.toString());
      assertTrue(said.get(1).startsWith("a node runs on " + data), said.get(1));
      assertTrue(said.get(1).endsWith("it has two until it is restarted"), said.get(1));
    } finally {
      store.close();
    }
    assertEquals(List.of("removed three"), remove("three"));
  }
}
