package dev.naru.log.bookkeeper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;

/** Lists as nodes of ZooKeeper, one below another one that they have in common. */
public final class ZooKeeperLists implements SegmentLists {
  private final Supplier<ZooKeeper> zooKeeper;
  private final String parent;
  private final List<ACL> acl;
  private final Executor executor;

  /**
   * @param zooKeeper the connection as it is now, closed by the caller
   * @param parent path of a node that exists
   * @param executor completes stages: ZooKeeper's one thread for events must not be held up
   */
  public ZooKeeperLists(
      Supplier<ZooKeeper> zooKeeper, String parent, List<ACL> acl, Executor executor) {
    this.zooKeeper = zooKeeper;
    this.parent = parent;
    this.acl = List.copyOf(acl);
    this.executor = executor;
  }

  private String path(String log) {
    return parent + "/" + log;
  }

  @Override
  public CompletionStage<Optional<Versioned>> read(String log) {
    CompletableFuture<Optional<Versioned>> done = new CompletableFuture<>();
    zooKeeper
        .get()
        .getData(
            path(log),
            false,
            (code, path, context, bytes, stat) -> {
              switch (Code.get(code)) {
                case OK ->
                    complete(
                        done,
                        Optional.of(new Versioned(ByteBuffer.wrap(bytes), stat.getVersion())));
                case NONODE -> complete(done, Optional.empty());
                default -> fail(done, code, path);
              }
            },
            null);
    return done;
  }

  @Override
  public CompletionStage<Integer> write(String log, ByteBuffer bytes, int expectedVersion) {
    CompletableFuture<Integer> done = new CompletableFuture<>();
    byte[] value = new byte[bytes.remaining()];
    bytes.duplicate().get(value);
    if (expectedVersion == ABSENT) {
      zooKeeper
          .get()
          .create(
              path(log),
              value,
              acl,
              CreateMode.PERSISTENT,
              (code, path, context, name) -> written(done, code, path, 0),
              null);
    } else {
      zooKeeper
          .get()
          .setData(
              path(log),
              value,
              expectedVersion,
              (code, path, context, stat) ->
                  written(done, code, path, stat == null ? ABSENT : stat.getVersion()),
              null);
    }
    return done;
  }

  private void written(CompletableFuture<Integer> done, int code, String path, int version) {
    switch (Code.get(code)) {
      case OK -> complete(done, version);
      case BADVERSION, NODEEXISTS, NONODE ->
          executor.execute(
              () ->
                  done.completeExceptionally(
                      new ListChangedException(path + " was changed by another owner")));
      default -> fail(done, code, path);
    }
  }

  @Override
  public CompletionStage<Void> delete(String log) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    zooKeeper
        .get()
        .delete(
            path(log),
            -1,
            (code, path, context) -> {
              switch (Code.get(code)) {
                case OK, NONODE -> complete(done, null);
                default -> fail(done, code, path);
              }
            },
            null);
    return done;
  }

  @Override
  public CompletionStage<Set<String>> names() {
    CompletableFuture<Set<String>> done = new CompletableFuture<>();
    zooKeeper
        .get()
        .getChildren(
            parent,
            false,
            (code, path, context, names) -> {
              if (Code.get(code) == Code.OK) {
                complete(done, Set.copyOf(names));
              } else {
                fail(done, code, path);
              }
            },
            null);
    return done;
  }

  private <T> void complete(CompletableFuture<T> done, T value) {
    executor.execute(() -> done.complete(value));
  }

  private void fail(CompletableFuture<?> done, int code, String path) {
    KeeperException cause = KeeperException.create(Code.get(code), path);
    executor.execute(
        () ->
            done.completeExceptionally(
                new IOException("ZooKeeper answers " + cause.getMessage(), cause)));
  }
}
