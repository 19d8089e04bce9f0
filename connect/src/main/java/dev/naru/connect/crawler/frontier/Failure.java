package dev.naru.connect.crawler.frontier;

/** What kind of failure a request met, as far as trying again is concerned. */
public enum Failure {
  /** The address itself is at fault, or nothing will change: not tried again. */
  PERMANENT,
  /**
   * The answer was an error of the server for this address: tried again later, the host goes on.
   */
  SERVER,
  /** The host asked for a pause (429, 503), or could not be reached: the whole host pauses. */
  HOST
}
