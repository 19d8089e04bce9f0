package dev.naru.connect.host.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.junit.jupiter.api.Test;

class RestartsTest {
  private final FakeHerder herder = new FakeHerder();

  private final List<String> said = new ArrayList<>();

  private Restarts restarts(Map<String, String> settings) {
    return new Restarts(herder.herder(), "me:1", settings, (id, what) -> said.add(id + " " + what));
  }

  @Test
  void theSameReasonIsOneLineAtEachRestart() {
    ConnectorTaskId task = new ConnectorTaskId("sink", 0);
    herder.configs.put("sink", Map.of());
    try (Restarts restarts = restarts(Map.of())) {
      herder.status("sink", "me:1", "RUNNING", "FAILED");
      restarts.look(0);
      restarts.look(1_000);
      herder.status("sink", "me:1", "RUNNING", "RUNNING");
      restarts.look(1_500);
      herder.status("sink", "me:1", "RUNNING", "FAILED");
      restarts.look(2_000);
      restarts.look(4_000);
      assertEquals(
          List.of(
              "sink-0 failed: x.Y: broken; it is restarted in 1 s",
              "sink-0 restarts for the 1. time; it had failed: x.Y: broken",
              "sink-0 restarts for the 2. time; it had failed: x.Y: broken"),
          said);
      assertTrue(restarts.hasSaid(task, "x.Y: broken"));
      assertFalse(restarts.hasSaid(task, "another reason"));
      herder.status("sink", "me:1", "RUNNING", "RUNNING");
      restarts.look(10_000);
      restarts.look(10_000 + 300_000);
      assertFalse(restarts.hasSaid(task, "x.Y: broken"), "it is well again");
    }
  }

  @Test
  void failedTasksOfThisWorkerAreRestartedAfterAPause() {
    herder.configs.put("sink", Map.of());
    herder.status("sink", "me:1", "RUNNING", "RUNNING", "FAILED");
    try (Restarts restarts = restarts(Map.of())) {
      restarts.look(0);
      restarts.look(999);
      assertEquals(List.of(), herder.restarted);
      restarts.look(1_000);
      assertEquals(List.of("sink-1"), herder.restarted);
      List<Restarts.Line> lines = restarts.of("sink", List.of(Restarts.CONNECTOR, 0, 1));
      assertEquals(1, lines.size());
      assertEquals(1, lines.get(0).task());
      assertEquals(3_000, lines.get(0).trouble().nextMs());
      assertEquals("x.Y: broken", lines.get(0).trouble().why());
    }
  }

  @Test
  void othersLookAfterTheirOwn() {
    herder.configs.put("sink", Map.of());
    herder.status("sink", "you:1", "FAILED", "FAILED");
    try (Restarts restarts = restarts(Map.of())) {
      restarts.look(0);
      restarts.look(10_000);
      assertEquals(List.of(), herder.restarted);
    }
  }

  @Test
  void aConnectorThatFailedIsRestarted() {
    herder.configs.put("source", Map.of());
    herder.status("source", "me:1", "FAILED");
    try (Restarts restarts = restarts(Map.of(Restarts.INITIAL, "50"))) {
      restarts.look(0);
      restarts.look(50);
      assertEquals(List.of("source"), herder.restarted);
    }
  }

  @Test
  void aConnectorSaysItsOwnPausesOrNone() {
    herder.configs.put("slow", Map.of(Restarts.INITIAL, "5000"));
    herder.configs.put("never", Map.of("naru.restart.enable", "false"));
    herder.status("slow", "me:1", "RUNNING", "FAILED");
    herder.status("never", "me:1", "RUNNING", "FAILED");
    try (Restarts restarts = restarts(Map.of(Restarts.INITIAL, "50"))) {
      restarts.look(0);
      restarts.look(4_999);
      assertEquals(List.of(), herder.restarted);
      restarts.look(5_000);
      assertEquals(List.of("slow-0"), herder.restarted);
    }
  }

  @Test
  void pausesThatAreNoneAreRefusedInOneSentence() {
    ConnectException e =
        assertThrows(
            ConnectException.class, () -> Restarts.check(Map.of(Restarts.MAX, "5 minutes")));
    assertEquals(
        "naru.restart.max.ms wants milliseconds, from 1 on, not '5 minutes'", e.getMessage());
    assertThrows(ConnectException.class, () -> Restarts.check(Map.of(Restarts.INITIAL, "0")));
    assertThrows(
        ConnectException.class, () -> Restarts.check(Map.of("naru.restart.enable", "maybe")));
  }
}
