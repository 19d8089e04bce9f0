package dev.naru.log.bookkeeper.cluster;

/**
 * From where on a bookie's disk counts as full, as parts of it that are in use. What is kept free
 * is a part of the disk, too, but of a large one no more than {@link #SPARE_BYTES}: a full disk is
 * one on which nothing goes any more, not one that is shared with much else.
 *
 * @param readOnly from here on the bookie takes nothing
 * @param writableAgain below this it takes entries again
 * @param produceRefused from here on what clients produce is refused ({@link DiskWatch})
 * @param produceAccepted below this it is taken again
 */
record DiskLimits(
    double readOnly, double writableAgain, double produceRefused, double produceAccepted) {
  /** What a bookie keeps free. */
  private static final double SPARE = 0.05;

  static final long SPARE_BYTES = 10L << 30;

  /**
   * For a disk of that size.
   *
   * @param bytes all of it, in use or not
   */
  static DiskLimits of(long bytes) {
    double spare = Math.min(SPARE, (double) SPARE_BYTES / Math.max(1, bytes));
    return new DiskLimits(1 - spare, 1 - 1.4 * spare, 1 - 2 * spare, 1 - 2.4 * spare);
  }
}
