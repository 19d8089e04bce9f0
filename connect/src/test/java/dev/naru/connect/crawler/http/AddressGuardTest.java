package dev.naru.connect.crawler.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::",
        "64:ff9b::7f00:1",
        "2001::1",
        "2001:db8::1",
        "100::1"
      })
  void privateAddressesAreRefused(String address) throws Exception {
    InetAddress parsed = InetAddress.getByName(address);
    assertEquals(false, AddressGuard.isPublic(parsed), address);
    FetchException refused =
        assertThrows(FetchException.class, () -> new AddressGuard(false).resolve(address));
    assertEquals(Outcome.PRIVATE_ADDRESS, refused.outcome());
    assertEquals(Failure.PERMANENT, refused.failure());
    assertEquals(1, new AddressGuard(true).resolve(address).size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "100.128.0.1",
        "198.20.0.1",
        "2606:4700::1111",
        "2002:0808:0808::"
      })
  void publicAddressesAreNot(String address) throws Exception {
    assertEquals(true, AddressGuard.isPublic(InetAddress.getByName(address)), address);
  }

  @Test
  void numbersThatMeanLoopbackAreSeenThrough() {
    assertThrows(FetchException.class, () -> new AddressGuard(false).resolve("2130706433"));
    assertThrows(FetchException.class, () -> new AddressGuard(false).resolve("localhost"));
  }
}
