package dev.naru.proving.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A page of documentation as its reader follows it. The marks of its blocks are explained in
 * docs/flows/README.md.
 *
 * @param name for messages
 * @param steps in the page's order
 */
public record Page(String name, List<Step> steps) {
  /**
   * Reads a page.
   *
   * @param headings of the sections that are followed; all of the page when there are none
   * @throws IllegalArgumentException when a block's mark is not understood, with file and line
   */
  public static Page read(Path file, String... headings) {
    try {
      return of(file.getFileName().toString(), Files.readString(file), headings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Page of(String name, String markdown, String... headings) {
    return new Page(name, new PageReader(name, Set.of(headings)).read(markdown));
  }
}
