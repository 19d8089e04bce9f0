package dev.naru.proving.flows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crawler that is measured or tested gets to see. */
class PageSiteTest {
  private static final int TIMEOUT_MS = 20_000;
  private static final String ADDRESS = "127.0.0.5";
  private static final String MARK = "<p>This page is on " + ADDRESS + ".</p>";

  @TempDir private Path folder;

  /** Sends requests over one connection and returns all that comes until it is closed. */
  private static String ask(PageSite site, String... targets) throws IOException {
    URI address = URI.create(site.url());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(TIMEOUT_MS);
      for (String target : targets) {
        String request = "GET " + target + " HTTP/1.1\r\nHost: site\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      }
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private PageSite site() throws IOException {
    Files.writeString(folder.resolve("index.html"), "<body><main>Hello</main></body>");
    Files.writeString(folder.resolve("notes.txt"), "plain");
    return new PageSite(ADDRESS, Pages.ofFolder(folder));
  }

  @Test
  void aConnectionIsKeptAndEachPageSaysWhoseItIs() throws Exception {
    try (PageSite site = site()) {
      String page = "<body><main>Hello" + MARK + "</main></body>";
      String answer =
          "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
              + page.length()
              + "\r\n\r\n"
              + page;
      assertEquals(answer + answer, ask(site, "/", "/index.html"));
      assertEquals(2, site.served());
    }
  }

  @Test
  void whatIsNoPageStaysAsItIs() throws Exception {
    try (PageSite site = site()) {
      String answer = ask(site, "/notes.txt");
      assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
      assertTrue(answer.endsWith("\r\n\r\nplain"), answer);
      assertEquals(0, site.served());
    }
  }

  @Test
  void whatIsNotThereOrIsElsewhereIsNotFound() throws Exception {
    Files.writeString(folder.resolveSibling("secret.txt"), "secret");
    try (PageSite site = site()) {
      assertTrue(ask(site, "/nothing.html").startsWith("HTTP/1.1 404 "));
      assertTrue(ask(site, "/../secret.txt").startsWith("HTTP/1.1 404 "));
    } finally {
      Files.delete(folder.resolveSibling("secret.txt"));
    }
  }

  @Test
  void whatIsNoRequestIsRefused() throws Exception {
    try (PageSite site = site()) {
      assertTrue(ask(site, "no path").startsWith("HTTP/1.1 400 "));
      assertTrue(ask(site, "/%zz").startsWith("HTTP/1.1 400 "));
    }
  }

  @Test
  void pagesOfAJarAreServedFromMemory() throws Exception {
    Path jar = folder.resolve("site.jar");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("api/page.html"));
      zip.write("<body>From a jar</body>".getBytes(StandardCharsets.ISO_8859_1));
    }
    Pages pages = Pages.ofJar(Files.write(jar, bytes.toByteArray()));
    Files.delete(jar);
    try (PageSite site = new PageSite(ADDRESS, pages)) {
      assertTrue(ask(site, "/api/page.html").endsWith("<body>From a jar" + MARK + "</body>"));
    }
  }
}
