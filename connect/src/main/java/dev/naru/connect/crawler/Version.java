package dev.naru.connect.crawler;

/** The version that the connector tells Connect. */
final class Version {
  static final String VERSION = version();

  private Version() {}

  private static String version() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "0.1.0" : version;
  }
}
