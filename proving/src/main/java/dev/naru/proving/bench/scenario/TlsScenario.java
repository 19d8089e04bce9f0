package dev.naru.proving.bench.scenario;

import dev.naru.proving.bench.Figures;
import dev.naru.proving.bench.Scenario;
import dev.naru.proving.bench.Trial;
import java.util.Optional;

/** Produce and consume over TLS; it has its place in the list from the first day. */
public final class TlsScenario implements Scenario {
  @Override
  public String name() {
    return "tls";
  }

  @Override
  public String title() {
    return "produce and consume 1 KB records over TLS";
  }

  @Override
  public Optional<String> notYet() {
    return Optional.of("not yet: Naru has no TLS");
  }

  @Override
  public Figures run(Trial trial) {
    throw new UnsupportedOperationException("Naru has no TLS yet");
  }
}
