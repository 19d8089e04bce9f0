package dev.naru.log.bookkeeper;

/**
 * On how many bookies a ledger stands.
 *
 * @param wanted as many as there are, up to this number
 * @param least fewer than so many, and nothing is written
 */
public record Copies(int wanted, int least) {
  /** Checks. */
  public Copies {
    if (least < 1 || wanted < least) {
      throw new IllegalArgumentException(
          "Copies: at least " + least + " of " + wanted + "; at least 1, and no more than wanted");
    }
  }

  /** How many of so many bookies must have an entry on disk before it is acknowledged. */
  int acknowledging(int bookies) {
    return Math.max(least, bookies / 2 + 1);
  }
}
