package dev.naru.broker.cluster;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** Finds out whether a process still listens: one attempt to connect to each of its ports. */
public interface PeerProbe extends AutoCloseable {
  /** What became of the attempts, taken together. */
  enum Finding {
    /** Each port was refused by its own machine: nobody listens on any of them. */
    REFUSED,
    /** At least one port took the connection: the process is there, whatever it does. */
    ACCEPTED,
    /** Neither: nothing came back, or the machine cannot be reached. It says nothing. */
    SILENT
  }

  /**
   * Tries to connect to all ports of one process, and closes again what was connected. Never fails,
   * and completes within about a second. Any thread.
   */
  CompletionStage<Finding> probe(List<NodeAddress> ports);

  @Override
  void close();
}
