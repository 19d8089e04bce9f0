package dev.naru.connect.host;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Keeps secrets out of what is shown: REST answers, status, logs. Pure; callable from anywhere.
 *
 * <p>A value that is nothing but references to a config provider, such as {@code
 * ${file:/run/db.properties:password}}, is no secret and is shown.
 */
public final class Redaction {
  /** What is shown instead of a secret; Kafka's own word for it. */
  public static final String HIDDEN = "[hidden]";

  private static final String WORDS =
      "password|passwd|passphrase|pwd|secret|token|credential|jaas\\.config"
          + "|(?:api|access|account|private|encryption|signing|license|shared|master|auth)[._-]?key";

  private static final Pattern NAME = Pattern.compile("(?i).*(?:" + WORDS + ").*");
  private static final Pattern REFERENCES = Pattern.compile("(?:\\$\\{[^}]*\\}\\s*)+");
  private static final Pattern ASSIGNED =
      Pattern.compile(
          "(?i)((?:"
              + WORDS
              + ")[\\w.-]*(?:\\s*=|[\"']\\s*[=:])\\s*[\"']?)(?!\\[hidden\\])[^\\s&;,\"'}]+");
  private static final Pattern USER_INFO =
      Pattern.compile("(://[^\\s/@:?#\"']*):(?!\\[hidden\\])[^\\s/@\"']+@");

  private Redaction() {}

  /** Whether an option of this name holds a secret, going by its name. */
  public static boolean isSecret(String option) {
    String name = option.toLowerCase(Locale.ROOT);
    // A place, a class or a lifetime of secrets is none.
    return NAME.matcher(name).matches()
        && !name.endsWith(".class")
        && !name.endsWith(".location")
        && !name.endsWith(".path")
        && !name.endsWith(".file")
        && !name.endsWith(".ms")
        && !name.endsWith(".url");
  }

  /**
   * An option's value as it may be shown.
   *
   * @param secret whether the whole value is a secret
   */
  public static String value(boolean secret, String value) {
    if (value == null || value.isBlank() || REFERENCES.matcher(value.strip()).matches()) {
      return value;
    }
    return secret ? HIDDEN : text(value);
  }

  /** A text, such as a log line or a URL, without the secrets that it assigns or carries. */
  public static String text(String text) {
    if (text == null || text.isEmpty()) {
      return text;
    }
    String without = ASSIGNED.matcher(text).replaceAll("$1" + HIDDEN);
    return USER_INFO.matcher(without).replaceAll("$1:" + HIDDEN + "@");
  }
}
