package dev.naru.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteServerTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private Path jar;
  private SiteServer site;

  @BeforeEach
  void serve(@TempDir Path folder) throws Exception {
    jar = folder.resolve("site.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      add(zip, "META-INF/MANIFEST.MF", "secret");
      add(zip, "index.html", "<h1>home</h1>");
      add(zip, "sub/index.html", "<h1>sub</h1>");
      add(zip, "style.css", "");
    }
    site = SiteServer.start(jar, 0);
  }

  private static void add(ZipOutputStream zip, String name, String text) throws Exception {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    site.close();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + site.port() + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void foldersShowTheirIndex() throws Exception {
    HttpResponse<String> home = get("/");
    assertEquals("<h1>home</h1>", home.body());
    assertEquals("text/html; charset=utf-8", home.headers().firstValue("Content-Type").get());
    assertEquals("<h1>sub</h1>", get("/sub/").body());
    assertEquals(200, get("/style.css").statusCode());
  }

  @Test
  void whatIsUnchangedIsNotSentAgain() throws Exception {
    String tag = get("/").headers().firstValue("ETag").get();
    HttpResponse<String> again = get("/", "If-None-Match", tag);
    assertEquals(304, again.statusCode());
    assertEquals("", again.body());
  }

  @Test
  void nothingButPagesIsServed() throws Exception {
    assertEquals(404, get("/META-INF/MANIFEST.MF").statusCode());
    assertEquals(404, get("/../site.jar").statusCode());
    assertEquals(404, get("/nowhere").statusCode());
  }

  @Test
  void aPortInUseIsOneSentence() {
    CliException e = assertThrows(CliException.class, () -> SiteServer.start(jar, site.port()));
    assertEquals(1, e.exitCode());
    assertTrue(e.getMessage().contains("port " + site.port()), e.getMessage());
  }
}
