package dev.naru.log.bookkeeper.cluster;

import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.CONTROLLER;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.CONTROLLER_EPOCH;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.IDS;
import static dev.naru.log.bookkeeper.cluster.ZooKeeperMembership.NODES;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordination by ephemeral nodes of ZooKeeper. One thread does everything, blocking: it looks at
 * the whole of what matters each time that a watch fires, the connection comes back, or a few
 * seconds have passed, and so needs to trust no single event.
 */
final class ZooKeeperCoordination implements Coordination, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperCoordination.class);
  private static final long LOOK_AGAIN_MS = 3_000;
  private static final int MAX_RACES = 20;
  private static final int DEPART_SECONDS = 2;
  private static final int BETWEEN_LOOKS_MS = 100;

  private final ZooKeeperSession session;
  private final int nodeId;
  private final String version;
  private final Duration sessionTimeout;
  private final Consumer<String> onFatal;
  private final ScheduledThreadPoolExecutor executor;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final Watcher watcher = this::onEvent;

  /** All that this process has announced itself as. */
  private final Set<String> incarnations = new HashSet<>();

  private final List<Consumer<Map<Integer, LiveNode>>> nodeListeners = new ArrayList<>();
  private final List<Consumer<ControllerClaim>> controllerListeners = new ArrayList<>();
  private final List<Runnable> expiryListeners = new ArrayList<>();

  /** What follows is seen by the one thread alone. */
  private LiveNode self;

  /** The last incarnation that was seen in its place, as announced by this process. */
  private String announced = "";

  private Map<Integer, LiveNode> nodes;
  private boolean controllerKnown;
  private ControllerClaim controller;
  private boolean departed;

  private volatile Thread thread;

  ZooKeeperCoordination(ZooKeeperSession session, ClusterSettings settings) {
    this.session = session;
    this.nodeId = settings.nodeId();
    this.version = settings.version();
    this.sessionTimeout = settings.sessionTimeout();
    this.onFatal = settings.onFatal();
    this.executor = new ScheduledThreadPoolExecutor(1, this::newThread);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.scheduleWithFixedDelay(
        this::lookSafely, LOOK_AGAIN_MS, LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
    session.addListener(
        new ZooKeeperSession.Listener() {
          @Override
          public void connected() {
            lookSoon();
          }

          @Override
          public void expired() {
            execute(ZooKeeperCoordination.this::onExpired);
          }
        });
  }

  private Thread newThread(Runnable task) {
    thread = new Thread(task, "naru-coordination-" + nodeId);
    thread.setDaemon(true);
    return thread;
  }

  private void execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("Coordination is closed", e);
    }
  }

  private void onEvent(WatchedEvent event) {
    if (event.getType() != Watcher.Event.EventType.None) {
      lookSoon();
    }
  }

  private void lookSoon() {
    if (looking.compareAndSet(false, true)) {
      execute(
          () -> {
            looking.set(false);
            lookSafely();
          });
    }
  }

  /** A look that fails is repeated when the connection is back, or soon. */
  private void lookSafely() {
    try {
      look();
    } catch (KeeperException e) {
      if (!ZooKeeperSession.isPassing(e)) {
        LOG.warn("ZooKeeper answers {}; looking again soon", e.getMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("A listener of the cluster's changes met a defect", e);
    }
  }

  private void look() throws KeeperException, InterruptedException {
    if (departed) {
      return;
    }
    if (self != null) {
      stayAnnounced();
    }
    if (!nodeListeners.isEmpty()) {
      lookAtNodes();
    }
    if (!controllerListeners.isEmpty()) {
      lookAtController();
    }
  }

  private void onExpired() {
    if (departed) {
      return;
    }
    becomeAnother();
    lookSafely();
  }

  /** The others take what this node had, or have done so. */
  private void becomeAnother() {
    for (Runnable listener : expiryListeners) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        LOG.error("A listener of the session's end met a defect", e);
      }
    }
    if (self != null) {
      self = incarnate(self.linkHost(), self.linkPort());
    }
  }

  private LiveNode incarnate(String linkHost, int linkPort) {
    String incarnation = UUID.randomUUID().toString();
    incarnations.add(incarnation);
    return new LiveNode(nodeId, incarnation, linkHost, linkPort, version);
  }

  @Override
  public void announce(String linkHost, int linkPort) {
    long patienceMs = 2 * sessionTimeout.toMillis() + TimeUnit.SECONDS.toMillis(2);
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    try {
      call(
          () -> {
            self = incarnate(linkHost, linkPort);
            try {
              announce(deadlineNs);
            } catch (KeeperException | RuntimeException e) {
              self = null;
              throw e;
            }
            return null;
          },
          2 * patienceMs);
    } catch (IOException e) {
      throw ClusterException.failure(
          "This node cannot be announced: " + e.getMessage() + "; try again", e);
    }
  }

  /** Waits for one of before to be gone, when it does not stand where this one does. */
  private void announce(long deadlineNs) throws KeeperException, InterruptedException {
    while (true) {
      try {
        LiveNode other = replace(false);
        if (other == null) {
          return;
        }
        if (System.nanoTime() - deadlineNs > 0) {
          throw ClusterException.mistake(
              "Node "
                  + nodeId
                  + " runs already, at "
                  + other.linkHost()
                  + ":"
                  + other.linkPort()
                  + ", with a copy of this data directory; stop one of them, and give it a"
                  + " directory and a node id of its own");
        }
      } catch (KeeperException e) {
        if (!ZooKeeperSession.isPassing(e) || System.nanoTime() - deadlineNs > 0) {
          throw e;
        }
      }
      TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
    }
  }

  private void stayAnnounced() throws KeeperException, InterruptedException {
    LiveNode other = replace(true);
    if (other != null) {
      self = null;
      onFatal.accept(
          "Another process has announced itself as node "
              + nodeId
              + ", at "
              + other.linkHost()
              + ":"
              + other.linkPort()
              + ": two processes must not have one node id");
    }
  }

  /**
   * Sees to it that this node is announced by this session.
   *
   * @param announcedBefore whether one that is not of this process came later
   * @return another process that has this node's id; null when all is well
   */
  private LiveNode replace(boolean announcedBefore) throws KeeperException, InterruptedException {
    ZooKeeper zooKeeper = session.zooKeeper();
    String path = NODES + "/" + nodeId;
    Stat stat = new Stat();
    LiveNode there = CoordinationNodes.readNode(zooKeeper, nodeId, stat);
    List<Op> ops = new ArrayList<>();
    if (there != null) {
      boolean mine = incarnations.contains(there.incarnation());
      if (mine && stat.getEphemeralOwner() == zooKeeper.getSessionId()) {
        announced = there.incarnation();
        return null;
      }
      boolean predecessor =
          !announcedBefore
              && there.linkHost().equals(self.linkHost())
              && there.linkPort() == self.linkPort();
      if (!mine && !predecessor) {
        return there;
      }
      ops.add(Op.delete(path, -1));
    } else if (announced.equals(self.incarnation())) {
      LOG.warn("Another node took this one for dead; it goes on as another incarnation");
      becomeAnother();
    }
    // Each life of a node changes this, so that nobody ends another one than he means.
    byte[] id = zooKeeper.getData(IDS + "/" + nodeId, false, null);
    ops.add(Op.setData(IDS + "/" + nodeId, id, -1));
    byte[] data = CoordinationNodes.encode(self);
    ops.add(Op.create(path, data, session.acl(), CreateMode.EPHEMERAL));
    zooKeeper.multi(ops);
    announced = self.incarnation();
    return null;
  }

  private void lookAtNodes() throws KeeperException, InterruptedException {
    ZooKeeper zooKeeper = session.zooKeeper();
    Map<Integer, LiveNode> found = new TreeMap<>();
    for (String name : zooKeeper.getChildren(NODES, watcher)) {
      int id = Integer.parseInt(name);
      LiveNode node = CoordinationNodes.readNode(zooKeeper, id, null);
      if (node != null) {
        found.put(id, node);
      }
    }
    if (!found.equals(nodes)) {
      nodes = Map.copyOf(found);
      nodeListeners.forEach(listener -> listener.accept(nodes));
    }
  }

  private void lookAtController() throws KeeperException, InterruptedException {
    CoordinationNodes.Claim found = CoordinationNodes.readClaim(session.zooKeeper(), watcher, null);
    ControllerClaim claim = found == null ? null : found.claim();
    if (!controllerKnown || !Objects.equals(claim, controller)) {
      controllerKnown = true;
      controller = claim;
      controllerListeners.forEach(listener -> listener.accept(claim));
    }
  }

  @Override
  public void watchNodes(Consumer<Map<Integer, LiveNode>> listener) {
    execute(
        () -> {
          nodeListeners.add(listener);
          if (nodes != null) {
            listener.accept(nodes);
          }
          lookSafely();
        });
  }

  @Override
  public void watchController(Consumer<ControllerClaim> listener) {
    execute(
        () -> {
          controllerListeners.add(listener);
          if (controllerKnown) {
            listener.accept(controller);
          }
          lookSafely();
        });
  }

  @Override
  public void watchExpiry(Runnable listener) {
    execute(() -> expiryListeners.add(listener));
  }

  @Override
  public CompletionStage<ControllerClaim> claimController() {
    CompletableFuture<ControllerClaim> done = new CompletableFuture<>();
    execute(
        () -> {
          try {
            done.complete(claim());
            lookSoon();
          } catch (KeeperException e) {
            done.completeExceptionally(
                new IOException("ZooKeeper answers " + e.getMessage() + "; try again", e));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            done.completeExceptionally(new IOException("interrupted", e));
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  private ControllerClaim claim() throws KeeperException, InterruptedException {
    if (self == null || departed) {
      throw new IllegalStateException("Only a node that is announced can be the controller");
    }
    long deadlineNs = System.nanoTime() + sessionTimeout.toNanos();
    for (int race = 0; race < MAX_RACES; race++) {
      try {
        return session.persist(this::tryToClaim, deadlineNs);
      } catch (KeeperException.NodeExistsException
          | KeeperException.NoNodeException
          | KeeperException.BadVersionException e) {
        LOG.debug("Somebody else claims, too", e);
      }
    }
    return null;
  }

  private ControllerClaim tryToClaim(ZooKeeper zooKeeper)
      throws KeeperException, InterruptedException {
    // The epoch first: when it is still the same in the end, so is the claim.
    int epoch = zooKeeper.exists(CONTROLLER_EPOCH, false).getVersion();
    Stat stat = new Stat();
    CoordinationNodes.Claim before = CoordinationNodes.readClaim(zooKeeper, null, stat);
    List<Op> ops = new ArrayList<>();
    if (before != null) {
      boolean mine = incarnations.contains(before.incarnation());
      if (mine && stat.getEphemeralOwner() == zooKeeper.getSessionId()) {
        return before.claim();
      }
      // One of this node that no process holds any more: it was announced, so there is no other.
      if (before.claim().nodeId() != nodeId) {
        return null;
      }
      ops.add(Op.delete(CONTROLLER, -1));
    }
    ControllerClaim claim =
        new ControllerClaim(nodeId, epoch + 1, self.linkHost(), self.linkPort());
    byte[] data = CoordinationNodes.encode(claim, self.incarnation());
    ops.add(Op.create(CONTROLLER, data, session.acl(), CreateMode.EPHEMERAL));
    ops.add(Op.setData(CONTROLLER_EPOCH, new byte[0], epoch));
    zooKeeper.multi(ops);
    return claim;
  }

  @Override
  public void resignController() {
    execute(
        () -> {
          try {
            resign(System.nanoTime() + sessionTimeout.toNanos());
          } catch (KeeperException e) {
            LOG.warn("The controller's role could not be given up: {}", e.getMessage());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          lookSoon();
        });
  }

  private void resign(long deadlineNs) throws KeeperException, InterruptedException {
    session.persist(
        zooKeeper -> {
          Stat stat = new Stat();
          CoordinationNodes.Claim there = CoordinationNodes.readClaim(zooKeeper, null, stat);
          if (there != null && stat.getEphemeralOwner() == zooKeeper.getSessionId()) {
            zooKeeper.delete(CONTROLLER, -1);
          }
          return null;
        },
        deadlineNs);
  }

  @Override
  public void declareDead(LiveNode node) {
    execute(
        () -> {
          try {
            remove(node, System.nanoTime() + sessionTimeout.toNanos());
          } catch (KeeperException e) {
            LOG.warn("Node {} is dead, and stays announced: {}", node.nodeId(), e.getMessage());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          lookSoon();
        });
  }

  private void remove(LiveNode node, long deadlineNs) throws KeeperException, InterruptedException {
    try {
      session.persist(zooKeeper -> CoordinationNodes.remove(zooKeeper, node), deadlineNs);
    } catch (KeeperException.NoNodeException | KeeperException.BadVersionException e) {
      LOG.debug("Node {} is gone already, or has begun anew", node.nodeId(), e);
    }
  }

  @Override
  public void depart() {
    try {
      call(
          () -> {
            departed = true;
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEPART_SECONDS);
            resign(deadlineNs);
            if (self != null) {
              session.persist(this::withdraw, deadlineNs);
            }
            return null;
          },
          TimeUnit.SECONDS.toMillis(DEPART_SECONDS));
    } catch (IOException e) {
      LOG.warn("The other nodes will see that this one is gone a session timeout later", e);
    }
  }

  private Void withdraw(ZooKeeper zooKeeper) throws KeeperException, InterruptedException {
    LiveNode there = CoordinationNodes.readNode(zooKeeper, nodeId, null);
    if (there != null && incarnations.contains(there.incarnation())) {
      try {
        zooKeeper.delete(NODES + "/" + nodeId, -1);
      } catch (KeeperException.NoNodeException e) {
        LOG.debug("Gone already", e);
      }
    }
    return null;
  }

  /** Runs something on the one thread, and waits for it. */
  private <T> T call(Callable<T> task, long waitMs) throws IOException {
    try {
      if (Thread.currentThread() == thread) {
        return task.call();
      }
      return executor.submit(task).get(waitMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException defect) {
        throw defect;
      }
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (RejectedExecutionException e) {
      throw new IOException("coordination is closed", e);
    } catch (TimeoutException e) {
      throw new IOException("ZooKeeper did not answer within " + waitMs + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Ends the thread; nothing is told any more. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
