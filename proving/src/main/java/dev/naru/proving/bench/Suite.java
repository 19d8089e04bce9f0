package dev.naru.proving.bench;

import dev.naru.proving.bench.node.Contender;
import dev.naru.proving.bench.report.Goals;
import dev.naru.proving.bench.scenario.Scenarios;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What belongs together in one run: a list of scenarios, who runs them, what is to be reached. */
enum Suite {
  NODE("", 3),
  CLUSTER(" --cluster", 2),
  FLOWS(" --flows", 3);

  private final String option;
  private final int pairs;

  Suite(String option, int pairs) {
    this.option = option;
    this.pairs = pairs;
  }

  /** What chooses it on the command line, with a space before it; empty for the usual one. */
  String option() {
    return option;
  }

  /** How often each contender runs each scenario unless something else is said. */
  int pairs() {
    return pairs;
  }

  /** In the order in which they run and are shown. */
  List<Scenario> scenarios() {
    return switch (this) {
      case NODE -> Scenarios.all();
      case CLUSTER -> Scenarios.ofClusters();
      case FLOWS -> Scenarios.ofFlows();
    };
  }

  Set<Contender> contenders() {
    return this == FLOWS
        ? EnumSet.of(Contender.NARU, Contender.BARE)
        : EnumSet.allOf(Contender.class);
  }

  Goals goals() {
    return switch (this) {
      case NODE -> Goals.NODE;
      case CLUSTER -> Goals.CLUSTER;
      case FLOWS -> Goals.FLOWS;
    };
  }
}
