package dev.naru.proving.apache;

/**
 * Names of tests: {@code CLASS#METHOD}, then a blank and the name of the run when the method has
 * several; CLASS without {@code org.apache.kafka.}. The same in every run of the suite.
 */
final class TestIds {
  private static final String APACHE = "org.apache.kafka.";

  private TestIds() {}

  static String ofClass(String className) {
    return className.startsWith(APACHE) ? className.substring(APACHE.length()) : className;
  }

  static String ofMethod(String className, String method) {
    return ofClass(className) + "#" + method;
  }

  static String ofRun(String className, String method, String displayName) {
    // An object without toString() shows its hash.
    String run = displayName.replaceAll("@[0-9a-f]{5,8}\\b", "@").replaceAll("\\s+", " ");
    return ofMethod(className, method) + " " + run.strip();
  }

  /** The class's full name. */
  static String className(String id) {
    return APACHE + id;
  }
}
