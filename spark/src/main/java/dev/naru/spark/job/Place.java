package dev.naru.spark.job;

import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Where something stands in the job file, for what is said of it.
 *
 * @param file the file's name as it was given
 * @param line from 1 on
 * @param path the fields that lead there, such as {@code sources.pages.topic}; empty for the file
 */
record Place(String file, int line, String path) {
  Place at(Node node) {
    int at = node == null ? line : node.getStartMark().map(mark -> mark.getLine() + 1).orElse(line);
    return new Place(file, at, path);
  }

  Place field(String name, Node node) {
    return new Place(file, at(node).line, path.isEmpty() ? name : path + "." + name);
  }

  Place item(int index, Node node) {
    return new Place(file, at(node).line, path + "[" + index + "]");
  }

  /** File, line and path, for whoever finds a mistake later. */
  String words() {
    return file + ":" + line + ": " + (path.isEmpty() ? "the job file" : path);
  }

  /** A mistake here; {@code what} goes on after the path. */
  JobException mistake(String what) {
    return JobException.mistake(words() + " " + what);
  }
}
