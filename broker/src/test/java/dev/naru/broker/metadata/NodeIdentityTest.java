package dev.naru.broker.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.log.Disk;
import dev.naru.log.LogStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
  @TempDir Path directory;

  @Test
  void aDirectoryKeepsItsClusterAndItsNode() {
    NodeIdentity first = NodeIdentity.loadOrCreate(Disk.real(), directory, 3);
    assertEquals(first, NodeIdentity.loadOrCreate(Disk.real(), directory, 3));
    assertEquals(22, first.clusterId().length());
  }

  @Test
  void refusesTheDirectoryOfAnotherNode() {
    NodeIdentity.loadOrCreate(Disk.real(), directory, 3);
    assertRefused("belongs to node.id=3", 4);
  }

  @Test
  void refusesWhatItDoesNotUnderstand() throws IOException {
    Path file = directory.resolve("node.properties");
    Files.writeString(file, "format=2\ncluster.id=x\nnode.id=3\n");
    assertRefused("format 2", 3);
    Files.writeString(file, "format=1\nnode.id=3\n");
    assertRefused("damaged", 3);
  }

  private void assertRefused(String expected, int nodeId) {
    LogStoreException e =
        assertThrows(
            LogStoreException.class,
            () -> NodeIdentity.loadOrCreate(Disk.real(), directory, nodeId));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}
