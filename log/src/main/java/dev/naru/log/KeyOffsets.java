package dev.naru.log;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The latest offset of each key, in 24 bytes per key whatever the key's size: keys are known by 128
 * bits of their SHA-256, so that nobody can make two keys that are taken for one. Not thread-safe.
 */
final class KeyOffsets {
  private static final int WORDS = 3;
  private static final int FIRST_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 29;

  private final MessageDigest digest;
  private final byte[] hash = new byte[32];
  private final int softMaxSlots;
  private long[] table = new long[FIRST_SLOTS * WORDS];
  private int slots = FIRST_SLOTS;
  private int size;

  /**
   * @param maxBytes memory that it takes before it calls itself full
   */
  KeyOffsets(long maxBytes) {
    this.softMaxSlots =
        (int)
            Math.max(
                FIRST_SLOTS,
                Long.highestOneBit(Math.min(MAX_SLOTS, maxBytes / (WORDS * Long.BYTES))));
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  int size() {
    return size;
  }

  /** It still takes keys after that, for the sake of one that has begun a batch. */
  boolean full() {
    return size >= softMaxSlots / 4 * 3;
  }

  void put(ByteBuffer key, long offset) {
    if (size >= slots / 4 * 3) {
      grow();
    }
    hash(key);
    long high = word(0);
    long low = word(8);
    int at = slot(high, low);
    if (table[at + 2] == 0) {
      table[at] = high;
      table[at + 1] = low;
      size++;
    }
    table[at + 2] = offset + 1;
  }

  /** -1 when the key is not there. */
  long get(ByteBuffer key) {
    hash(key);
    return table[slot(word(0), word(8)) + 2] - 1;
  }

  void clear() {
    Arrays.fill(table, 0);
    size = 0;
  }

  private int slot(long high, long low) {
    int at = (int) high & (slots - 1);
    while (table[at * WORDS + 2] != 0
        && (table[at * WORDS] != high || table[at * WORDS + 1] != low)) {
      at = (at + 1) & (slots - 1);
    }
    return at * WORDS;
  }

  private void grow() {
    if (slots == MAX_SLOTS) {
      throw new IllegalStateException("One batch holds more keys than can be told apart");
    }
    long[] old = table;
    slots *= 2;
    table = new long[slots * WORDS];
    for (int i = 0; i < old.length; i += WORDS) {
      if (old[i + 2] != 0) {
        System.arraycopy(old, i, table, slot(old[i], old[i + 1]), WORDS);
      }
    }
  }

  private void hash(ByteBuffer key) {
    try {
      digest.update(key.duplicate());
      digest.digest(hash, 0, hash.length);
    } catch (DigestException e) {
      throw new IllegalStateException("32 bytes are enough for SHA-256", e);
    }
  }

  private long word(int at) {
    return ByteBuffer.wrap(hash).getLong(at);
  }
}
