package dev.naru.cli.crawl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.cli.CliException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not a url              | 2 | is not an address",
        "ftp://example.org/     | 2 | is not a web address",
        "example.org            | 2 | is not a web address",
        "http:///path           | 2 | is not",
        "http://127.0.0.1:1/    | 2 | say --private-addresses",
        "http://nonesuch.invalid/ | 1 | does not resolve",
      })
  void oneSentenceSaysWhatIsWrong(String url, int exitCode, String sentence) {
    CliException e = assertThrows(CliException.class, () -> Target.check(url, false));
    assertEquals(exitCode, e.exitCode());
    assertTrue(e.getMessage().contains(sentence), e.getMessage());
  }

  @Test
  void aSiteThatIsThereIsWelcome() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertEquals(
          "127.0.0.1", Target.check("http://127.0.0.1:" + server.getLocalPort() + "/a?b", true));
    }
  }

  @Test
  void nobodyThereIsAFailure() {
    CliException e =
        assertThrows(CliException.class, () -> Target.check("http://127.0.0.1:1/", true));
    assertEquals(1, e.exitCode());
    assertTrue(e.getMessage().contains("does not answer"), e.getMessage());
  }
}
