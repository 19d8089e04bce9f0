package dev.naru.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import dev.naru.cli.HostPort;
import dev.naru.connect.host.RestAnswer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpFrontTest {
  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  private HttpFront front;

  @BeforeEach
  void start() {
    front = HttpFront.listen(ANY_PORT);
    front.serve(
        request -> {
          if (request.path().equals("/broken")) {
            throw new IllegalStateException("out of \"order\"");
          }
          return RestAnswer.json(
              200,
              RestAnswer.quoted(
                  request.method() + " " + request.uri() + " " + request.body().length));
        });
  }

  @AfterEach
  void stop() {
    front.close();
  }

  private String ask(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), front.address().port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String get(String path, String... headers) {
    return "GET " + path + " HTTP/1.1\r\nConnection: close\r\n" + String.join("", headers) + "\r\n";
  }

  @Test
  void pathQueryAndBodyComeThrough() throws Exception {
    String answer = ask(get("/connectors/a%20b?expand=info", "Host: 127.0.0.1\r\n"));
    assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    assertTrue(answer.endsWith("\"GET /connectors/a%20b?expand=info 0\""), answer);
    answer =
        ask(
            "PUT /x HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
    assertTrue(answer.endsWith("\"PUT /x 3\""), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: localhost\r\nOrigin: https://evil.example\r\n",
        "Host: localhost\r\nOrigin: null\r\n"
      })
  void pagesOfElsewhereAreRefused(String headers) throws Exception {
    String answer = ask(get("/connectors", headers));
    assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
    assertTrue(answer.contains("\"error_code\":403"), answer);
  }

  @Test
  void whatBreaksIsAnAnswerToo() throws Exception {
    String answer = ask(get("/broken", "Host: localhost\r\n"));
    assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
    assertTrue(
        answer.endsWith("{\"error_code\":500,\"message\":\"out of \\\"order\\\"\"}"), answer);
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    int size = (8 << 20) + 1;
    String request =
        "PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + size
            + "\r\n\r\n"
            + "x".repeat(size);
    assertTrue(ask(request).startsWith("HTTP/1.1 413 "));
  }

  @Test
  void aPortThatIsTakenIsNamedUnlessAnyWillDo() {
    CliException e = assertThrows(CliException.class, () -> HttpFront.listen(front.address()));
    assertEquals(CliException.FAILURE, e.exitCode());
    assertTrue(e.getMessage().contains(front.address().toString()), e.getMessage());
    try (HttpFront other = HttpFront.listenNear(front.address())) {
      assertNotEquals(front.address(), other.address());
    }
  }

  @Test
  void thisMachineIsKnownByItsName() {
    assertTrue(HttpFront.isThisMachine("127.0.0.1:8080"));
    assertTrue(HttpFront.isThisMachine("LOCALHOST"));
    assertTrue(HttpFront.isThisMachine("[::1]:8080"));
    assertFalse(HttpFront.isThisMachine("10.0.0.1:8080"));
  }
}
