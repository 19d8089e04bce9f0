package dev.naru.proving.sim;

import dev.naru.broker.cluster.Coordination;
import dev.naru.broker.cluster.NodeAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * One process's part in the coordination, as the product's does it: it looks at the whole when a
 * watch fires and every few seconds, and begins a new session as another incarnation when the old
 * one has expired. While ZooKeeper cannot be reached it says nothing.
 */
final class SimCoordination implements Coordination {
  private static final long LOOK_MS = 3_000;
  private static final long AGAIN_MS = 100;

  private final Zoo zoo;
  private final Proc proc;
  private final List<Consumer<Map<Integer, Uuid>>> nodeListeners = new ArrayList<>();
  private final List<Consumer<Claim>> controllerListeners = new ArrayList<>();
  private Zoo.Session session;
  private NodeAddress self;
  private boolean known;
  private Zoo.Seen last;
  private boolean departed;
  private boolean looking;
  private boolean lookAgain;

  SimCoordination(Zoo zoo, Proc proc) {
    this.zoo = zoo;
    this.proc = proc;
    this.session = zoo.session(proc);
    zoo.watch(proc, this::look);
    lookLater();
  }

  private void lookLater() {
    proc.schedule(
        LOOK_MS,
        () -> {
          look();
          lookLater();
        });
  }

  @Override
  public void announce(NodeAddress address) {
    self = address;
    look();
  }

  /** One look at a time, so that what is told never goes back. */
  private void look() {
    if (departed) {
      return;
    }
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    lookAgain = false;
    zoo.ask(proc, "look", this::lookThere)
        .whenComplete(
            (seen, problem) -> {
              looking = false;
              if (problem == null && !departed) {
                tell(seen);
              }
              if (lookAgain) {
                look();
              }
            });
  }

  private Zoo.Seen lookThere() throws IOException {
    if (session.expired) {
      session = zoo.session(proc);
    }
    if (self != null && !zoo.isAnnounced(session, self.nodeId())) {
      zoo.announce(session, self.nodeId());
    }
    return zoo.seen();
  }

  private void tell(Zoo.Seen seen) {
    Zoo.Seen before = last;
    boolean first = !known;
    known = true;
    last = seen;
    if (first || !seen.nodes().equals(before.nodes())) {
      nodeListeners.forEach(each -> each.accept(seen.nodes()));
    }
    if (first || !Objects.equals(seen.controller(), before.controller())) {
      controllerListeners.forEach(each -> each.accept(seen.controller()));
    }
  }

  @Override
  public void watchNodes(Consumer<Map<Integer, Uuid>> listener) {
    nodeListeners.add(listener);
    if (known) {
      listener.accept(last.nodes());
    }
    look();
  }

  @Override
  public void watchController(Consumer<Claim> listener) {
    controllerListeners.add(listener);
    if (known) {
      listener.accept(last.controller());
    }
    look();
  }

  @Override
  public CompletionStage<Boolean> claimController() {
    return zoo.ask(proc, "claim", () -> zoo.claim(session, self))
        .whenComplete((won, problem) -> proc.schedule(AGAIN_MS / 10, this::look));
  }

  @Override
  public void resignController() {
    persist("resign", () -> zoo.resign(session), proc.elapsedMs() + Zoo.SESSION_MS);
  }

  @Override
  public void declareDead(int nodeId, Uuid incarnation) {
    persist(
        "declare dead",
        () -> zoo.declareDead(nodeId, incarnation),
        proc.elapsedMs() + Zoo.SESSION_MS);
  }

  @Override
  public void depart() {
    departed = true;
    persist("depart", () -> zoo.depart(session), proc.elapsedMs() + 2_000);
  }

  /** Tries for a while. */
  private void persist(String what, Runnable work, long deadlineMs) {
    zoo.ask(
            proc,
            what,
            () -> {
              work.run();
              return null;
            })
        .whenComplete(
            (nothing, problem) -> {
              if (problem != null && proc.elapsedMs() < deadlineMs) {
                proc.schedule(AGAIN_MS, () -> persist(what, work, deadlineMs));
              }
            });
  }
}
