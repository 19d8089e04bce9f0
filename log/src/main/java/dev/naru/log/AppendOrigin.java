package dev.naru.log;

/** Who appends; decides which checks of the producer state apply. */
public enum AppendOrigin {
  /** A client's produce request: sequences, epochs and transactions are checked. */
  CLIENT,
  /** This node's coordinators: transaction markers and coordinator records; no sequence check. */
  COORDINATOR
}
