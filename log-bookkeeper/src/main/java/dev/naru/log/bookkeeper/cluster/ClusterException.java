package dev.naru.log.bookkeeper.cluster;

/**
 * Why a node cannot take part in its cluster, in one sentence for whoever started it: what is
 * wrong, and what would be right.
 */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean mistake;

  private ClusterException(String message, Throwable cause, boolean mistake) {
    super(message, cause);
    this.mistake = mistake;
  }

  /** Something was given that cannot be right; trying again changes nothing. */
  static ClusterException mistake(String message) {
    return new ClusterException(message, null, true);
  }

  static ClusterException mistake(String message, Throwable cause) {
    return new ClusterException(message, cause, true);
  }

  /** Something does not answer or does not work now. */
  static ClusterException failure(String message, Throwable cause) {
    return new ClusterException(message, cause, false);
  }

  /** Whether what was given is wrong, rather than that something does not answer. */
  public boolean isMistake() {
    return mistake;
  }
}
