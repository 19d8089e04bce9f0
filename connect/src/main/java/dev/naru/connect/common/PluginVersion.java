package dev.naru.connect.common;

/** The version that a connector tells Connect. */
public final class PluginVersion {
  private static final String UNPACKAGED = "0.1.0";

  private PluginVersion() {}

  public static String get() {
    String packaged = PluginVersion.class.getPackage().getImplementationVersion();
    return packaged == null ? UNPACKAGED : packaged;
  }
}
