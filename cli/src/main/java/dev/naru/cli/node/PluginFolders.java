package dev.naru.cli.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folders of plug-ins, as Connect's plugin.path wants them. */
public final class PluginFolders {
  private static final Logger LOG = LoggerFactory.getLogger(PluginFolders.class);
  private static final String SERVICES = "META-INF/services/org.apache.kafka.connect.";

  private PluginFolders() {}

  /**
   * Whether each plug-in says in {@code META-INF/services} which classes it brings (KIP-898), so
   * that Connect need not look into all of their classes, which takes seconds.
   */
  static boolean tellTheirClasses(Path plugins) {
    try (Stream<Path> folders = Files.list(plugins)) {
      return folders.filter(Files::isDirectory).allMatch(PluginFolders::tellsItsClasses);
    } catch (IOException e) {
      LOG.warn("cannot read the folder of plug-ins {}: {}", plugins, e.getMessage());
      return true;
    }
  }

  private static boolean tellsItsClasses(Path folder) {
    List<Path> jars = jars(folder);
    return jars.isEmpty() || jars.stream().anyMatch(PluginFolders::hasServices);
  }

  /** The jars of a plug-in. */
  public static List<Path> jars(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      LOG.warn("cannot read the plug-in {}: {}", folder, e.getMessage());
      return List.of();
    }
  }

  private static boolean hasServices(Path jar) {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().anyMatch(entry -> entry.getName().startsWith(SERVICES));
    } catch (IOException e) {
      LOG.warn("the jar {} cannot be read: {}", jar, e.getMessage());
      return false;
    }
  }
}
