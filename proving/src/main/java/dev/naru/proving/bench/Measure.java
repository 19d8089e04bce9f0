package dev.naru.proving.bench;

/** What is measured; in the order of the table. */
public enum Measure {
  START("to first produce and fetch", "ms", false),
  CONNECTED("start to first connector running", "ms", false),
  CONNECTED_AGAIN("restart to stored connector running", "ms", false),
  READY("restart to ready", "ms", false),
  CREATE("create", "s", false),
  STABLE("to stable", "ms", false),
  NO_SERVICE("no service, median of the kills", "s", false),
  NO_SERVICE_P95("no service, p95", "s", false, true),
  NO_SERVICE_MAX("no service, max", "s", false, true),
  SHARE("start to its share", "s", false),
  SHARE_READY("ready to its share", "s", false),
  SHARE_SERVES("start to all of its share served", "s", false),
  COPIED("log on its disk", "MB", false),
  PARTITIONS("partitions taken over", "", false),
  TAKEN_OVER("kill to all of them served", "s", false),
  THROUGHPUT("throughput", "MB/s", true),
  RECORDS("records", "k/s", true),
  REQUESTS("requests", "k/s", true),
  TRANSACTIONS("transactions", "/s", true),
  PAGES("pages", "/s", true),
  ROWS("rows", "/s", true),
  P50("p50", "ms", false),
  P99("p99", "ms", false),
  P999("p99.9", "ms", false),
  MAX("max", "ms", false),
  CONSUMED("consumed", "MB/s", true),
  CPU("server CPU", "s", false),
  CPU_PER_GB("server CPU per GB", "s", false),
  CPU_PER_MILLION("server CPU per million requests", "s", false),
  CPU_PER_THOUSAND("server CPU per 1,000", "s", false),
  HEAP("heap in use after a collection", "MB", false),
  ANONYMOUS("resident memory but for mapped files", "MB", false),
  ON_DISK("on disk", "MB", false),
  RESIDENT("resident memory", "MB", false),
  PROPORTIONAL("resident memory, shared pages by share", "MB", false),
  THREADS("threads", "", false);

  private final String title;
  private final String unit;
  private final boolean moreIsBetter;
  private final boolean worstCounts;

  Measure(String title, String unit, boolean moreIsBetter) {
    this(title, unit, moreIsBetter, false);
  }

  Measure(String title, String unit, boolean moreIsBetter, boolean worstCounts) {
    this.title = title;
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
    this.worstCounts = worstCounts;
  }

  public String title() {
    return title;
  }

  /** Empty for a count. */
  public String unit() {
    return unit;
  }

  public boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** Whether the largest of the runs is shown instead of the median: what must never happen. */
  public boolean worstCounts() {
    return worstCounts;
  }

  /** For machines: {@code p99_9}, {@code cpu_per_gb}. */
  public String key() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
