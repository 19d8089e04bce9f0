package dev.naru.proving.flows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The files of a web site, by their paths. Used by any number of threads. */
public interface Pages {
  /** A file; whoever has it leaves its bytes as they are. */
  final class File {
    private final byte[] bytes;
    private final boolean page;
    private final int markAt;

    private File(byte[] bytes, boolean page, int markAt) {
      this.bytes = bytes;
      this.page = page;
      this.markAt = markAt;
    }

    static File of(String name, byte[] bytes) {
      if (!name.endsWith(".html")) {
        return new File(bytes, false, 0);
      }
      // One char is one byte, whatever the page's charset.
      String html = new String(bytes, StandardCharsets.ISO_8859_1);
      int at = html.lastIndexOf(html.contains("</main>") ? "</main>" : "</body>");
      return new File(bytes, true, at < 0 ? bytes.length : at);
    }

    byte[] bytes() {
      return bytes;
    }

    boolean isPage() {
      return page;
    }

    /** Where in a page a paragraph more can stand, at the end of its text. */
    int markAt() {
      return markAt;
    }
  }

  /**
   * Finds a file.
   *
   * @param path from the site's root, without a leading slash
   * @return null when there is none
   */
  File find(String path) throws IOException;

  /** Those of a folder, read whenever they are asked for. */
  static Pages ofFolder(Path folder) throws IOException {
    Path root = folder.toRealPath();
    return path -> {
      Path file = root.resolve(path).normalize();
      return file.startsWith(root) && Files.isRegularFile(file)
          ? File.of(path, Files.readAllBytes(file))
          : null;
    };
  }

  /** Those of a jar, all in memory. */
  static Pages ofJar(Path jar) throws IOException {
    Map<String, File> files = new HashMap<>();
    try (InputStream in = Files.newInputStream(jar);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (!entry.isDirectory()) {
          files.put(entry.getName(), File.of(entry.getName(), zip.readAllBytes()));
        }
      }
    }
    return files::get;
  }
}
