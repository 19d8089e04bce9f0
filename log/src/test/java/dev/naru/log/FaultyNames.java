package dev.naru.log;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** The directories of a {@link FaultyDisk}: what they show, and what a power loss leaves of it. */
final class FaultyNames {
  private final Directory root;

  /** In a fork: what stands here for a file or directory of the original. */
  private final IdentityHashMap<Node, Node> twins = new IdentityHashMap<>();

  /** Changes of names that are not sure yet, oldest first. */
  private final List<Change> pending = new ArrayList<>();

  FaultyNames() {
    this(new Directory());
  }

  private FaultyNames(Directory root) {
    this.root = root;
  }

  /** A directory or a file. */
  interface Node {}

  static final class Directory implements Node {
    final Map<String, Node> now = new TreeMap<>();
    final Map<String, Node> sure = new TreeMap<>();
  }

  private record Entry(Directory directory, String name) {
    static Entry in(FaultyNames fork, Entry entry) {
      return entry == null ? null : new Entry((Directory) fork.twin(entry.directory), entry.name);
    }
  }

  /** Takes a name away, gives one, or both at once. */
  private record Change(Entry removed, Entry added, Node node) {
    boolean touches(Directory directory) {
      return (removed != null && removed.directory() == directory)
          || (added != null && added.directory() == directory);
    }

    boolean meets(Change other) {
      return same(removed, other.removed)
          || same(removed, other.added)
          || same(added, other.removed)
          || same(added, other.added);
    }

    private static boolean same(Entry one, Entry other) {
      return one != null
          && other != null
          && one.directory() == other.directory()
          && one.name().equals(other.name());
    }

    void happen(boolean sure) {
      if (removed != null) {
        view(removed.directory(), sure).remove(removed.name());
      }
      if (added != null) {
        view(added.directory(), sure).put(added.name(), node);
      }
    }

    private static Map<String, Node> view(Directory directory, boolean sure) {
      return sure ? directory.sure : directory.now;
    }
  }

  /** The same names and files, which go their own way from here on. */
  FaultyNames fork() {
    FaultyNames fork = new FaultyNames(new Directory());
    fork.twins.put(root, fork.root);
    fork.fill(fork.root, root);
    for (Change change : pending) {
      fork.pending.add(
          new Change(
              Entry.in(fork, change.removed()),
              Entry.in(fork, change.added()),
              fork.twin(change.node())));
    }
    return fork;
  }

  private void fill(Directory copy, Directory original) {
    original.now.forEach((name, node) -> copy.now.put(name, twin(node)));
    original.sure.forEach((name, node) -> copy.sure.put(name, twin(node)));
  }

  private Node twin(Node original) {
    Node known = original == null ? null : twins.get(original);
    if (known != null || original == null) {
      return known;
    }
    if (original instanceof FaultyInode inode) {
      FaultyInode copy = inode.fork();
      twins.put(inode, copy);
      return copy;
    }
    Directory copy = new Directory();
    twins.put(original, copy);
    fill(copy, (Directory) original);
    return copy;
  }

  /** The file that stands in this fork for one of the original. */
  FaultyInode twin(FaultyInode original) {
    return (FaultyInode) twin((Node) original);
  }

  Node find(Path path) {
    Node node = root;
    // By hand: a path is looked up in each operation, and taking it apart is what that costs.
    String names = path == null ? "" : path.toString();
    for (int from = 0; from < names.length() && node != null; ) {
      int slash = names.indexOf('/', from);
      int to = slash < 0 ? names.length() : slash;
      if (to > from) {
        String name = names.substring(from, to);
        node = node instanceof Directory directory ? directory.now.get(name) : null;
      }
      from = to + 1;
    }
    return node;
  }

  Directory directory(Path path) {
    return find(path) instanceof Directory directory ? directory : null;
  }

  void put(Path path, Node node) {
    record(new Change(null, entry(path), node));
  }

  void remove(Path path) {
    record(new Change(entry(path), null, null));
  }

  void rename(Path from, Path to) {
    record(new Change(entry(from), entry(to), find(from)));
  }

  void createDirectories(Path path) {
    if (path != null && directory(path) == null) {
      createDirectories(path.getParent());
      if (directory(path) == null && path.getFileName() != null) {
        put(path, new Directory());
      }
    }
  }

  private Entry entry(Path path) {
    return new Entry(directory(path.getParent()), path.getFileName().toString());
  }

  private void record(Change change) {
    change.happen(false);
    pending.add(change);
  }

  /** All that happened in a directory is sure, and what it rests on. */
  void sync(Path path) {
    Directory directory = directory(path);
    boolean[] chosen = new boolean[pending.size()];
    for (int i = chosen.length - 1; i >= 0; i--) {
      chosen[i] = pending.get(i).touches(directory);
      for (int later = i + 1; later < chosen.length && !chosen[i]; later++) {
        chosen[i] = chosen[later] && pending.get(i).meets(pending.get(later));
      }
    }
    settle(chosen);
  }

  void syncAll() {
    pending.forEach(change -> change.happen(true));
    pending.clear();
  }

  private void settle(boolean[] chosen) {
    List<Change> rest = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        pending.get(i).happen(true);
      } else {
        rest.add(pending.get(i));
      }
    }
    pending.clear();
    pending.addAll(rest);
  }

  /** The names, and what they lead to, after a power loss. */
  FaultyNames survivor(SplittableRandom random) {
    int mode = random.nextInt(4);
    int prefix = random.nextInt(pending.size() + 1);
    List<Change> dropped = new ArrayList<>();
    for (int i = 0; i < pending.size(); i++) {
      Change change = pending.get(i);
      boolean wanted =
          switch (mode) {
            case 0 -> false;
            case 1 -> true;
            case 2 -> i < prefix;
            default -> random.nextBoolean();
          };
      if (wanted && dropped.stream().noneMatch(change::meets)) {
        change.happen(true);
      } else {
        dropped.add(change);
      }
    }
    pending.clear();
    return new FaultyNames(survivor(root, random, new IdentityHashMap<>()));
  }

  private static Directory survivor(
      Directory directory, SplittableRandom random, Map<Node, Node> done) {
    Directory copy = new Directory();
    directory.sure.forEach(
        (name, node) -> {
          Node left = done.get(node);
          if (left == null) {
            left =
                node instanceof Directory inner
                    ? survivor(inner, random, done)
                    : ((FaultyInode) node).survivor(random);
            done.put(node, left);
          }
          copy.now.put(name, left);
          copy.sure.put(name, left);
        });
    return copy;
  }

  long usedBytes() {
    return usedBytes(root);
  }

  private static long usedBytes(Directory directory) {
    long sum = 0;
    for (Node node : directory.now.values()) {
      sum += node instanceof Directory inner ? usedBytes(inner) : ((FaultyInode) node).size();
    }
    return sum;
  }

  void walk(Path path, List<Path> files) {
    Directory directory = directory(path);
    if (directory != null) {
      directory.now.forEach(
          (name, node) -> {
            if (node instanceof FaultyInode) {
              files.add(path.resolve(name));
            } else {
              walk(path.resolve(name), files);
            }
          });
    }
  }
}
