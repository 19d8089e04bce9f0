package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Resolves names, once per connection, and refuses addresses that are not on the public internet.
 * Callers connect to the address that was checked, so a name that changes its mind between check
 * and connection gains nothing.
 */
public final class AddressGuard {
  private final boolean allowPrivate;

  public AddressGuard(boolean allowPrivate) {
    this.allowPrivate = allowPrivate;
  }

  List<InetAddress> resolve(String host) throws FetchException {
    InetAddress[] all;
    try {
      all = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new FetchException(
          Outcome.UNKNOWN_HOST, Failure.HOST, "The host name " + host + " does not resolve.", e);
    }
    List<InetAddress> allowed =
        Arrays.stream(all).filter(address -> allowPrivate || isPublic(address)).toList();
    if (allowed.isEmpty()) {
      throw new FetchException(
          Outcome.PRIVATE_ADDRESS,
          Failure.PERMANENT,
          host
              + " is "
              + all[0].getHostAddress()
              + ", not a public address; set crawl.private.addresses.allow=true to crawl it.");
    }
    return allowed;
  }

  /** Whether an address is globally reachable, by IANA's special-purpose registries (RFC 6890). */
  public static boolean isPublic(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] b = address.getAddress();
    return address instanceof Inet4Address ? isPublic4(b, 0) : isPublic6(b);
  }

  private static boolean isPublic4(byte[] b, int at) {
    int first = b[at] & 0xFF;
    int second = b[at + 1] & 0xFF;
    int third = b[at + 2] & 0xFF;
    return switch (first) {
      case 0, 10, 127 -> false;
      case 100 -> (second & 0xC0) != 64;
      case 169 -> second != 254;
      case 172 -> (second & 0xF0) != 16;
      case 192 -> second != 168 && !(second == 0 && (third == 0 || third == 2));
      case 198 -> (second & 0xFE) != 18 && !(second == 51 && third == 100);
      case 203 -> !(second == 0 && third == 113);
      default -> first < 224;
    };
  }

  private static boolean isPublic6(byte[] b) {
    int first = (b[0] & 0xFF) << 8 | (b[1] & 0xFF);
    int second = (b[2] & 0xFF) << 8 | (b[3] & 0xFF);
    if (first == 0x2002) {
      return isPublic4(b, 2);
    }
    if (first == 0x0064 && second == 0xFF9B) {
      return isPublic4(b, 12);
    }
    boolean globalUnicast = (first & 0xE000) == 0x2000;
    boolean special = first == 0x2001 && (second < 0x0200 || second == 0x0DB8);
    return globalUnicast && !special && first != 0x3FFF;
  }
}
