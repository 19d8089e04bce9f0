package dev.naru.proving.bench.load;

/** The node answered what it must not answer; ends the scenario with this sentence. */
public final class NodeError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NodeError(String sentence) {
    super(sentence);
  }

  public NodeError(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
