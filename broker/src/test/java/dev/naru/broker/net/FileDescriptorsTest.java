package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FileDescriptorsTest {
  @Test
  void connectionsLeaveDescriptorsForFiles() {
    assertEquals(512, FileDescriptors.forConnections(1024));
    assertEquals(786_432, FileDescriptors.forConnections(1 << 20));
    assertEquals(32, FileDescriptors.forConnections(64));
  }
}
