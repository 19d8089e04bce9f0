package dev.naru.connect.crawler.frontier;

/**
 * An open-addressed map of longs: 32 bytes an entry at most, however many there are. Keys are
 * expected to be hashes.
 */
public final class LongLongMap implements LongMap {
  private static final int CAPACITY_MIN = 64;

  private long[] keys = new long[CAPACITY_MIN];
  private long[] values = new long[CAPACITY_MIN];
  private boolean hasZero;
  private long zeroValue;
  private int size;

  @Override
  public long get(long key) {
    if (key == 0) {
      return hasZero ? zeroValue : ABSENT;
    }
    int at = slot(keys, key);
    return keys[at] == key ? values[at] : ABSENT;
  }

  @Override
  public void put(long key, long value) {
    if (value == ABSENT) {
      throw new IllegalArgumentException("the value that stands for absence cannot be put");
    }
    if (key == 0) {
      size += hasZero ? 0 : 1;
      hasZero = true;
      zeroValue = value;
      return;
    }
    int at = slot(keys, key);
    if (keys[at] != key) {
      if (size * 2 >= keys.length) {
        grow();
        at = slot(keys, key);
      }
      keys[at] = key;
      size++;
    }
    values[at] = value;
  }

  public int size() {
    return size;
  }

  /** Gives all entries; each of them may be put again meanwhile, but no further ones. */
  public void forEach(Each each) {
    if (hasZero) {
      each.entry(0, zeroValue);
    }
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != 0) {
        each.entry(keys[i], values[i]);
      }
    }
  }

  private static int slot(long[] keys, long key) {
    int mask = keys.length - 1;
    int at = (int) (((key ^ (key >>> 32)) * 0x9E3779B1L) >>> 7) & mask;
    while (keys[at] != 0 && keys[at] != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new long[oldValues.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int at = slot(keys, oldKeys[i]);
        keys[at] = oldKeys[i];
        values[at] = oldValues[i];
      }
    }
  }
}
