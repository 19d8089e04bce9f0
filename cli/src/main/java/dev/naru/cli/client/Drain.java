package dev.naru.cli.client;

import dev.naru.cli.CliException;
import dev.naru.cli.StatusLine;
import dev.naru.cli.Terminal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/** Empties a node by a config of it, which the controller obeys, and waits until that is seen. */
final class Drain {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
  private static final long PAUSE_MS = 200;

  private final Admin admin;
  private final Terminal terminal;
  private final int nodeId;

  Drain(Admin admin, Terminal terminal, int nodeId) {
    this.admin = admin;
    this.terminal = terminal;
    this.nodeId = nodeId;
  }

  void run() {
    requirePresent();
    set(new ConfigEntry(ClusterView.DRAIN, "true"), OpType.SET);
    StatusLine status = new StatusLine(terminal);
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    int owns = owns();
    while (owns > 0 && System.nanoTime() < deadlineNs) {
      status.show("node " + nodeId + " still owns " + owns);
      pause();
      owns = owns();
    }
    status.leave();
    if (owns > 0) {
      throw CliException.failure(
          "node "
              + nodeId
              + " shall be empty and still owns "
              + owns
              + " partitions; ./naru cluster status tells how it goes on");
    }
    status.end(
        "node "
            + nodeId
            + " owns nothing, and stays empty until it is started anew or --undo is given");
  }

  void undo() {
    requirePresent();
    set(new ConfigEntry(ClusterView.DRAIN, null), OpType.DELETE);
    terminal.say("node " + nodeId + " gets partitions again");
  }

  private int owns() {
    return ClusterView.read(admin).require(nodeId).owns();
  }

  private void requirePresent() {
    ClusterView.State state = ClusterView.read(admin).require(nodeId).state();
    if (state == ClusterView.State.GONE) {
      throw CliException.failure(
          "node "
              + nodeId
              + " is gone, and the others have what it owned; ./naru cluster decommission forgets"
              + " it");
    }
    if (state == ClusterView.State.SILENT) {
      throw CliException.failure(
          "node " + nodeId + " does not answer; the others take over what it owns when it is gone");
    }
  }

  private void set(ConfigEntry entry, OpType operation) {
    ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(nodeId));
    Cluster.await(
        "node " + nodeId,
        admin
            .incrementalAlterConfigs(Map.of(node, List.of(new AlterConfigOp(entry, operation))))
            .all());
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
  }
}
