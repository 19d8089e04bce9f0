package dev.naru.proving.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.SharedNode;
import dev.naru.proving.node.Places;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The product with a few words of its source changed: classes for the front of a node's class path.
 * What must be changed has to be there exactly once, or the patch belongs to another product.
 */
public final class Patch {
  private final Map<Path, String> sources = new LinkedHashMap<>();

  /**
   * Changes one place of one class.
   *
   * @param room the module, such as {@code log-bookkeeper}
   * @param type the name of a top-level class
   */
  public Patch change(String room, String type, String from, String to) {
    Path file = Places.root().resolve(room + "/src/main/java/" + type.replace('.', '/') + ".java");
    String source = sources.computeIfAbsent(file, Patch::read);
    int found = source.split(Pattern.quote(from), -1).length - 1;
    assertEquals(1, found, "\"" + from + "\" is not once in " + file + "; mend the patch");
    sources.put(file, source.replace(from, to));
    return this;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The compiler takes no asterisk for all jars of a folder, as the JVM does. */
  private static String product() throws IOException {
    try (Stream<Path> jars = Files.list(Places.naruJars())) {
      return jars.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** Compiles what was changed against the product, into a directory of its own. */
  public Path compile() {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertNotNull(compiler, "a patch needs a JDK, and this is a JVM without a compiler");
    Path directory = SharedNode.newDirectory("patch");
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      for (Map.Entry<Path, String> source : sources.entrySet()) {
        Files.writeString(directory.resolve(source.getKey().getFileName()), source.getValue());
      }
      List<Path> written =
          sources.keySet().stream().map(file -> directory.resolve(file.getFileName())).toList();
      Path classes = Files.createDirectory(directory.resolve("classes"));
      List<String> options =
          List.of(
              "--release",
              "17",
              "-proc:none",
              "-nowarn",
              "-cp",
              product(),
              "-d",
              classes.toString());
      boolean compiled =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(written))
              .call();
      assertTrue(compiled, said::toString);
      return classes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
