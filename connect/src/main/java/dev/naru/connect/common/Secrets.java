package dev.naru.connect.common;

/** Keeps passwords out of logs and messages. */
public final class Secrets {
  private Secrets() {}

  /** A URL without the passwords that it may carry. */
  public static String redacted(String url) {
    return url.replaceAll("(?i)((?:password|pwd|secret|token)[^=&;]*=)[^&;]*", "$1***")
        .replaceAll("//[^/@?;]*@", "//***@");
  }
}
