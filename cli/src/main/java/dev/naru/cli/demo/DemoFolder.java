package dev.naru.cli.demo;

import dev.naru.cli.CliException;
import dev.naru.cli.Folders;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The demo's data directory, and what it must remember from run to run: the address of the site,
 * for pages are known by their addresses, and the database that has them.
 */
final class DemoFolder {
  private static final String FILE = "demo.properties";
  private static final String SITE_PORT = "site.port";
  private static final String URL = "url";
  private static final String DATABASE = "database";
  private static final String TABLE = "table";

  private final Path folder;
  private final Properties memory = new Properties();

  private DemoFolder(Path folder) {
    this.folder = folder;
  }

  /** Opens or creates the directory; refuses one that is something else's. */
  static DemoFolder open(Path folder, boolean reset) {
    DemoFolder opened = new DemoFolder(folder);
    opened.read();
    if (reset && opened.remembers()) {
      Folders.delete(folder);
      opened.memory.clear();
    }
    opened.create();
    return opened;
  }

  private void read() {
    Path file = folder.resolve(FILE);
    try {
      if (Files.exists(file)) {
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
          memory.load(reader);
        }
      } else if (Files.isDirectory(folder)) {
        try (Stream<Path> inside = Files.list(folder)) {
          if (inside.findAny().isPresent()) {
            throw CliException.mistake(
                folder + " is not empty and not a demo's; give --data another folder");
          }
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw CliException.failure("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private void create() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CliException.failure("cannot create the folder " + folder + ": " + e, e);
    }
    save();
  }

  private boolean remembers() {
    return Files.exists(folder.resolve(FILE));
  }

  /** Whether an earlier run has begun to fill the database. */
  boolean begun() {
    return memory.containsKey(URL);
  }

  /** Where the site was served before; 0 when it never was. */
  int sitePort() {
    try {
      return Integer.parseInt(memory.getProperty(SITE_PORT, "0"));
    } catch (NumberFormatException e) {
      throw CliException.failure(folder.resolve(FILE) + " is damaged; begin anew with --reset", e);
    }
  }

  void rememberSitePort(int port) {
    memory.setProperty(SITE_PORT, Integer.toString(port));
    save();
  }

  /** Refuses to go on with another site, database or table than the one that was begun with. */
  void begin(String url, String database, String table) {
    require(URL, url, "the site");
    require(DATABASE, database, "the database");
    require(TABLE, table, "the table");
    memory.setProperty(URL, url);
    memory.setProperty(DATABASE, database);
    memory.setProperty(TABLE, table);
    save();
  }

  private void require(String name, String value, String what) {
    String before = memory.getProperty(name, value);
    if (!before.equals(value)) {
      throw CliException.mistake(
          folder
              + " was begun with "
              + what
              + " "
              + before
              + "; give that again, another --data, or --reset");
    }
  }

  private void save() {
    Path file = folder.resolve(FILE);
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      memory.store(
          writer, "What ./naru demo must remember; delete the whole folder to begin anew.");
    } catch (IOException e) {
      throw CliException.failure("cannot write " + file + ": " + e, e);
    }
  }

  Path path() {
    return folder;
  }

  /** The embedded database's file, as H2 names it. */
  Path embeddedDatabase() {
    return folder.resolve("database").resolve("pages").toAbsolutePath();
  }
}
