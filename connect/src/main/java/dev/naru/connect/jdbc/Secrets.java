package dev.naru.connect.jdbc;

/** Keeps passwords out of logs and messages. */
final class Secrets {
  private Secrets() {}

  /** A JDBC URL without the passwords that it may carry. */
  static String redacted(String url) {
    return url.replaceAll("(?i)((?:password|pwd|secret|token)[^=&;]*=)[^&;]*", "$1***")
        .replaceAll("//[^/@?;]*@", "//***@");
  }
}
