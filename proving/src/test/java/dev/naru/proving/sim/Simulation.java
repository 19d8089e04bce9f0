package dev.naru.proving.sim;

import dev.naru.proving.checker.PartitionId;
import java.util.ArrayList;
import java.util.List;

/** One history: a cluster that is used while things go wrong, and is whole again at the end. */
final class Simulation {
  static final int FIRST_CLIENT = 100;
  private static final int PARTITIONS = 3;
  private static final int MORE_TOPICS = 3;
  private static final long FAULTS_MS = 18_000;
  private static final long AFTER_MS = 1_000;

  /** So long after everything is well again nothing may be unanswered. */
  private static final long HEALED_MS_MAX = 60_000;

  private static final String TOPIC = "t";

  /** What a run shows. */
  record Result(long seed, long hash, long events, int acknowledged, List<String> shown) {}

  private final World world;
  private final Cluster cluster;
  private final Oracle oracle;
  private final boolean faults;
  private final Nemesis nemesis;
  private final List<SimProducer> producers = new ArrayList<>();
  private final List<SimConsumer> consumers = new ArrayList<>();
  private final List<SimConsumer> finals = new ArrayList<>();
  private final List<SimAdmin> admins = new ArrayList<>();
  private int clients;
  private long healedMs;

  private Simulation(long seed, SimLedgers.Mutation mutation, boolean faults, boolean traced) {
    this.world = new World(seed, traced);
    this.cluster = new Cluster(world, mutation);
    this.oracle = new Oracle(cluster);
    this.faults = faults;
    this.nemesis = new Nemesis(cluster, 3 * PARTITIONS);
    cluster.net.observe(oracle::answered);
  }

  /**
   * Runs a seed to its end.
   *
   * @throws AssertionError what must be true was not; the trace is printed first when it is wanted
   */
  static Result run(long seed, SimLedgers.Mutation mutation, boolean faults, boolean traced)
      throws InterruptedException {
    Simulation simulation = new Simulation(seed, mutation, faults, traced);
    return simulation.run();
  }

  private Result run() throws InterruptedException {
    for (int node = 1; node <= Cluster.NODES; node++) {
      cluster.start(node);
    }
    world.after(0, null, "begins", this::createTopic);
    world.afterEach(oracle::check);
    try {
      world.run();
    } catch (AssertionError e) {
      world.shown().forEach(System.out::println);
      throw new AssertionError("seed " + world.seed + ": " + e.getMessage(), e);
    }
    int acknowledged = finals.stream().mapToInt(each -> each.entries().size()).sum();
    return new Result(world.seed, world.hash(), world.happened(), acknowledged, world.shown());
  }

  private SimClient client(String name, String topic) {
    return new SimClient(cluster, new Proc(world, FIRST_CLIENT + clients++, name), topic);
  }

  private void createTopic() {
    SimAdmin admin = new SimAdmin(client("admin", TOPIC), PARTITIONS, this::use);
    admins.add(admin);
    admin.create();
  }

  private void use() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      SimProducer producer =
          new SimProducer(client("p" + partition, TOPIC), oracle, partition, 1000 + partition);
      producers.add(producer);
      producer.start();
      SimConsumer consumer = new SimConsumer(client("c" + partition, TOPIC), oracle, partition);
      consumers.add(consumer);
      consumer.start();
    }
    if (faults) {
      nemesis.begin();
      for (int i = 1; i <= MORE_TOPICS; i++) {
        SimAdmin admin = new SimAdmin(client("admin" + i, "more" + i), 1, () -> {});
        admins.add(admin);
        world.after(
            world.random.nextInt((int) FAULTS_MS) * 1000L, admin.proc(), "begins", admin::create);
      }
    }
    world.after(FAULTS_MS * 1000, null, "heals", this::heal);
  }

  private void heal() {
    nemesis.heal();
    healedMs = world.nowMs();
    world.after(AFTER_MS * 1000, null, "producers end", () -> producers.forEach(SimProducer::end));
    world.after((AFTER_MS + 100) * 1000, null, "looks", this::lookForEnd);
  }

  private void lookForEnd() {
    boolean written =
        producers.stream().allMatch(SimProducer::isDone)
            && admins.stream().allMatch(SimAdmin::isDone);
    if (written && consumers.stream().allMatch(this::isAtEnd)) {
      consumers.forEach(SimConsumer::end);
    }
    if (finals.isEmpty()
        && !consumers.isEmpty()
        && consumers.stream().allMatch(SimConsumer::isIdle)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        SimConsumer last = new SimConsumer(client("f" + partition, TOPIC), oracle, partition);
        finals.add(last);
        last.start();
      }
    }
    if (!finals.isEmpty() && finals.stream().allMatch(this::isAtEnd)) {
      judge();
      return;
    }
    if (world.nowMs() - healedMs > HEALED_MS_MAX) {
      world.fail(
          new Oracle.Violation("a minute after everything healed, this is not done: " + left()));
      return;
    }
    world.after(50_000, null, "looks", this::lookForEnd);
  }

  private List<SimConsumer> readers() {
    List<SimConsumer> all = new ArrayList<>(consumers);
    all.addAll(finals);
    return all;
  }

  private boolean isAtEnd(SimConsumer reader) {
    return reader.endSeen() == reader.position()
        && reader.position() >= oracle.end(new PartitionId(TOPIC, reader.partition()));
  }

  private String left() {
    List<String> left = new ArrayList<>();
    producers.stream().filter(each -> !each.isDone()).forEach(each -> left.add(each.toString()));
    admins.stream().filter(each -> !each.isDone()).forEach(each -> left.add(each.toString()));
    readers().stream().filter(each -> !isAtEnd(each)).forEach(each -> left.add(each.toString()));
    cluster.nodes.values().forEach(node -> left.add(node.toString()));
    return String.join("; ", left);
  }

  private void judge() {
    for (SimConsumer reader : finals) {
      oracle.history.finalRead(
          "final", new PartitionId(TOPIC, reader.partition()), reader.entries());
    }
    oracle.judge();
    world.finish();
  }
}
