package dev.naru.proving.bench;

import dev.naru.proving.bench.node.Contender;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What is to be run.
 *
 * @param cluster whether they are scenarios of clusters
 * @param pairs how often each contender runs each scenario
 * @param directory for the nodes' data; made when it does not exist
 */
public record Plan(
    List<Scenario> scenarios,
    boolean cluster,
    Set<Contender> contenders,
    Scale scale,
    int pairs,
    Path directory) {}
