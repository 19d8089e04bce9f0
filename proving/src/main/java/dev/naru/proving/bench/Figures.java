package dev.naru.proving.bench;

import dev.naru.proving.bench.load.AcknowledgedTraffic;
import dev.naru.proving.bench.node.ProcessMeter;
import dev.naru.proving.bench.node.Window.Span;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What one run of a scenario against one contender gave. */
public final class Figures {
  private static final double BYTES_PER_MB = 1e6;
  private static final double BYTES_PER_GB = 1e9;
  private static final double US_PER_MS = 1e3;

  private final Map<Measure, Double> values = new EnumMap<>(Measure.class);

  /** What cannot be said, such as CPU for each of no GB, is left out. */
  public Figures put(Measure measure, double value) {
    if (Double.isFinite(value)) {
      values.put(measure, value);
    }
    return this;
  }

  /** Bytes in a span: how fast, and what a GB of them cost the server. */
  public Figures throughput(long bytes, Span span) {
    put(Measure.THROUGHPUT, bytes / BYTES_PER_MB / span.seconds());
    return put(Measure.CPU_PER_GB, span.cpuSeconds() / (bytes / BYTES_PER_GB));
  }

  /** Requests in a span: how many, and what a million of them cost the server. */
  public Figures requests(long requests, Span span) {
    put(Measure.REQUESTS, requests / span.seconds() / 1e3);
    return put(Measure.CPU_PER_MILLION, span.cpuSeconds() / (requests / 1e6));
  }

  public Figures records(long records, Span span) {
    return put(Measure.RECORDS, records / span.seconds() / 1e3);
  }

  /** All that there is to say about produce requests at full speed. */
  public Figures produced(AcknowledgedTraffic traffic, Span span) {
    records(traffic.records(), span);
    requests(traffic.requests(), span);
    return throughput(traffic.valueBytes(), span);
  }

  public Figures latencies(Histogram latenciesUs) {
    put(Measure.P50, latenciesUs.getValueAtPercentile(50) / US_PER_MS);
    put(Measure.P99, latenciesUs.getValueAtPercentile(99) / US_PER_MS);
    put(Measure.P999, latenciesUs.getValueAtPercentile(99.9) / US_PER_MS);
    return put(Measure.MAX, latenciesUs.getMaxValue() / US_PER_MS);
  }

  public Figures resident(ProcessMeter meter) {
    return put(Measure.RESIDENT, meter.residentMb());
  }

  public Map<Measure, Double> values() {
    return Collections.unmodifiableMap(values);
  }
}
