package dev.naru.broker.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;

/**
 * What a node of a cluster may use of memory outside of the heap for entries of ledgers; -1 where
 * the heap's limit decides. A node that is alone has no ledgers.
 */
public final class LedgerOptions {
  /** Memory for entries that are likely to be read soon. */
  public static final String CACHE_BYTES = "entry.cache.bytes";

  /** Memory for entries that wait for bookies. */
  public static final String UNACKNOWLEDGED_BYTES = "entry.unacknowledged.bytes";

  /** Memory of this node's bookie. */
  public static final String BOOKIE_CACHE_BYTES = "bookie.cache.bytes";

  private LedgerOptions() {}

  static void define(ConfigDef definitions) {
    bytes(
        definitions,
        CACHE_BYTES,
        "In a cluster: memory for what was written or read last; -1 takes an eighth of the heap's"
            + " limit.");
    bytes(
        definitions,
        UNACKNOWLEDGED_BYTES,
        "In a cluster: memory for what the bookies have not acknowledged; when it is full, no more is"
            + " taken from producers. -1 takes an eighth of the heap's limit.");
    bytes(
        definitions,
        BOOKIE_CACHE_BYTES,
        "In a cluster: memory of this node's bookie for what it has not yet put in order on its disk,"
            + " and the same once more for reading ahead; -1 takes a sixteenth of the heap's limit.");
  }

  private static void bytes(ConfigDef definitions, String name, String sentence) {
    definitions.define(name, ConfigDef.Type.LONG, -1L, atLeast(-1), Importance.MEDIUM, sentence);
  }
}
