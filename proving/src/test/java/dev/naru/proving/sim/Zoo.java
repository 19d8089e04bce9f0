package dev.naru.proving.sim;

import dev.naru.broker.cluster.Coordination.Claim;
import dev.naru.broker.cluster.NodeAddress;
import dev.naru.log.bookkeeper.ListChangedException;
import dev.naru.log.bookkeeper.SegmentLists;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;

/**
 * ZooKeeper: values with versions, who is there and who may be controller, sessions that expire.
 * What is asked while it cannot be reached, or is lost on its way back, has an unknown outcome.
 */
final class Zoo {
  private static final long HOP_US = 500;
  private static final long LOSS_MS = 1_500;
  static final long SESSION_MS = 4_000;
  private static final long LOOK_MS = 250;

  interface Work<T> {
    T run() throws IOException;
  }

  /** A process as ZooKeeper sees it. */
  static final class Session {
    final Proc proc;
    long seenMs;
    boolean expired;

    Session(Proc proc, long nowMs) {
      this.proc = proc;
      this.seenMs = nowMs;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Value(byte[] bytes, int version) {}

  private record Member(Uuid incarnation, Session session) {}

  private record Controller(Claim claim, Session session) {}

  /** What a look shows. */
  record Seen(Map<Integer, Uuid> nodes, Claim controller) {}

  private final World world;
  private final Set<Integer> unreachableFrom = new HashSet<>();
  private final List<Session> sessions = new ArrayList<>();
  private final List<Runnable> watchers = new ArrayList<>();
  private final Map<String, Proc> writers = new HashMap<>();
  private final Map<String, Map<String, Value>> trees = new HashMap<>();
  private final Map<Proc, Long> asked = new HashMap<>();
  private final Map<Proc, Long> answered = new HashMap<>();
  private final Map<Integer, Member> members = new TreeMap<>();
  private Controller controller;
  private int epoch;
  private long incarnations;
  private boolean down;

  /** How often an answer is lost after the work was done. */
  double losesAnswers;

  Zoo(World world) {
    this.world = world;
    world.after(LOOK_MS * 1000, null, "zookeeper looks at sessions", this::look);
  }

  void down(boolean now) {
    down = now;
  }

  void cut(int node) {
    unreachableFrom.add(node);
  }

  void heal(int node) {
    unreachableFrom.remove(node);
  }

  void heal() {
    down = false;
    losesAnswers = 0;
    unreachableFrom.clear();
  }

  private boolean reaches(int node) {
    return !down && !unreachableFrom.contains(node);
  }

  Session session(Proc proc) {
    Session session = new Session(proc, world.nowMs());
    sessions.add(session);
    return session;
  }

  private void look() {
    for (Session session : List.copyOf(sessions)) {
      boolean seen = !session.proc.isDead() && !session.proc.isStopped();
      if (down || (seen && reaches(session.proc.node))) {
        session.seenMs = world.nowMs();
      } else if (world.nowMs() - session.seenMs > SESSION_MS) {
        expire(session);
      }
    }
    world.after(LOOK_MS * 1000, null, "zookeeper looks at sessions", this::look);
  }

  void expire(Session session) {
    session.expired = true;
    sessions.remove(session);
    leave(session);
  }

  /** Sessions that are alive. */
  List<Session> sessions() {
    return List.copyOf(sessions);
  }

  private void leave(Session session) {
    boolean changed = members.values().removeIf(member -> member.session == session);
    if (controller != null && controller.session == session) {
      controller = null;
      changed = true;
    }
    if (changed) {
      changed();
    }
  }

  private void changed() {
    watchers.forEach(Runnable::run);
  }

  /** Calls back with each change, as a hint to look; dropped when its process cannot be reached. */
  void watch(Proc proc, Runnable told) {
    watchers.add(
        () -> {
          if (reaches(proc.node)) {
            world.after(world.latencyUs(HOP_US), proc, "a watch fires", told);
          }
        });
  }

  /** Asks; the answer may be lost, or the question. */
  <T> CompletableFuture<T> ask(Proc proc, String what, Work<T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (proc.isDead()) {
      return answer;
    }
    world.after(
        inOrder(asked, proc),
        null,
        "zookeeper gets " + what + " of " + proc,
        () -> {
          if (!reaches(proc.node)) {
            lose(proc, what, answer);
            return;
          }
          T result = null;
          Exception problem = null;
          try {
            result = work.run();
          } catch (IOException | RuntimeException e) {
            problem = e;
          }
          if (!reaches(proc.node) || world.chance(losesAnswers)) {
            lose(proc, what, answer);
            return;
          }
          T given = result;
          Exception thrown = problem;
          world.after(
              inOrder(answered, proc),
              proc,
              "zookeeper answers " + what,
              () -> {
                if (thrown == null) {
                  answer.complete(given);
                } else {
                  answer.completeExceptionally(thrown);
                }
              });
        });
    return answer;
  }

  /** A session's questions arrive in their order, and so do its answers. */
  private long inOrder(Map<Proc, Long> lastUs, Proc proc) {
    long atUs =
        Math.max(lastUs.getOrDefault(proc, 0L) + 1, world.nowUs() + world.latencyUs(HOP_US));
    lastUs.put(proc, atUs);
    return atUs - world.nowUs();
  }

  private void lose(Proc proc, String what, CompletableFuture<?> answer) {
    world.after(
        (200 + world.random.nextInt((int) LOSS_MS)) * 1000L,
        proc,
        "zookeeper is lost at " + what,
        () -> answer.completeExceptionally(new IOException("connection loss at " + what)));
  }

  // ---- who is there ----

  Uuid announce(Session session, int node) throws IOException {
    requireLive(session);
    Uuid incarnation = new Uuid(5, ++incarnations);
    members.put(node, new Member(incarnation, session));
    changed();
    return incarnation;
  }

  private static void requireLive(Session session) throws IOException {
    if (session.expired) {
      throw new IOException("the session has expired");
    }
  }

  boolean isAnnounced(Session session, int node) {
    Member member = members.get(node);
    return member != null && member.session == session;
  }

  Seen seen() {
    Map<Integer, Uuid> nodes = new TreeMap<>();
    members.forEach((id, member) -> nodes.put(id, member.incarnation));
    return new Seen(nodes, controller == null ? null : controller.claim);
  }

  boolean claim(Session session, NodeAddress address) throws IOException {
    requireLive(session);
    if (controller != null
        && controller.session != session
        && controller.claim.node().nodeId() != address.nodeId()) {
      return false;
    }
    if (controller != null && controller.session == session) {
      return true;
    }
    controller = new Controller(new Claim(address, ++epoch), session);
    world.note("node " + address.nodeId() + " may be the controller, epoch " + epoch);
    changed();
    return true;
  }

  void resign(Session session) {
    if (controller != null && controller.session == session) {
      controller = null;
      changed();
    }
  }

  void depart(Session session) {
    leave(session);
  }

  /** Takes away what a process of a node announced, and its claim, unless another one is there. */
  void declareDead(int node, Uuid incarnation) {
    Member member = members.get(node);
    if (member != null && member.incarnation.equals(incarnation)) {
      leave(member.session);
    }
  }

  // ---- values ----

  /** Whether it was this process that wrote a log's list last: nobody has taken it since. */
  boolean isOwner(Proc proc, String log) {
    return proc.equals(writers.get(log));
  }

  /** A process's view of one tree of values. */
  SegmentLists lists(Proc proc, String tree) {
    Map<String, Value> values = trees.computeIfAbsent(tree, none -> new TreeMap<>());
    return new SegmentLists() {
      @Override
      public CompletionStage<Optional<Versioned>> read(String log) {
        return ask(
            proc,
            "read " + log,
            () ->
                Optional.ofNullable(values.get(log))
                    .map(
                        value ->
                            new Versioned(ByteBuffer.wrap(value.bytes.clone()), value.version)));
      }

      @Override
      public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return ask(
            proc,
            "write " + log,
            () -> {
              Value now = values.get(log);
              if ((now == null ? ABSENT : now.version) != expectedVersion) {
                throw new ListChangedException("the list of " + log + " is another one");
              }
              int version = now == null ? 0 : now.version + 1;
              values.put(log, new Value(copy, version));
              writers.put(log, proc);
              return version;
            });
      }

      @Override
      public CompletionStage<Set<String>> names() {
        return ask(proc, "names", () -> new TreeSet<>(values.keySet()));
      }

      @Override
      public CompletionStage<Void> delete(String log) {
        return ask(
            proc,
            "delete " + log,
            () -> {
              values.remove(log);
              return null;
            });
      }
    };
  }
}
