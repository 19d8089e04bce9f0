package dev.naru.proving.sim;

import dev.naru.broker.cluster.NodeAddress;
import dev.naru.broker.cluster.PeerProbe;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Connects over the simulated network: a process that is stopped is connected to all the same. */
final class SimProbe implements PeerProbe {
  private static final long SILENT_MS = 1_000;

  private final Net net;
  private final Proc proc;

  SimProbe(Net net, Proc proc) {
    this.net = net;
    this.proc = proc;
  }

  @Override
  public CompletionStage<Finding> probe(List<NodeAddress> ports) {
    int node = ports.get(0).nodeId();
    CompletableFuture<Finding> finding = new CompletableFuture<>();
    if (!net.isOpen(proc.node, node) || !net.isOpen(node, proc.node)) {
      proc.schedule(SILENT_MS, () -> finding.complete(Finding.SILENT));
      return finding;
    }
    proc.schedule(
        1,
        () ->
            finding.complete(
                net.isListening(new Net.Port(node, true)) ? Finding.ACCEPTED : Finding.REFUSED));
    return finding;
  }

  @Override
  public void close() {
    // Nothing is kept open.
  }
}
