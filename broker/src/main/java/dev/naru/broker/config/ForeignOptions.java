package dev.naru.broker.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Every option of Apache Kafka's broker that this node has no part for, with what becomes of it.
 * Read from {@code foreign-options.txt} when it is first needed: a plain start does without.
 */
final class ForeignOptions {
  private static final String TABLE = "foreign-options.txt";

  /** Prefixes of options whose names are made up by whoever sets them. */
  private static final Map<String, ForeignOption.Why> PREFIXES =
      Map.of(
          "rlmm.config.", ForeignOption.Why.TIERED_STORAGE,
          "rsm.config.", ForeignOption.Why.TIERED_STORAGE,
          "config.providers.", ForeignOption.Why.CONFIG_PROVIDERS);

  private static final class Holder {
    static final Map<String, ForeignOption> ALL = Collections.unmodifiableMap(load());
  }

  private ForeignOptions() {}

  static Collection<ForeignOption> all() {
    return Holder.ALL.values();
  }

  /** The option of this name; null when Apache Kafka has none either, or this node has its own. */
  static ForeignOption find(String name) {
    ForeignOption known = Holder.ALL.get(name);
    if (known != null) {
      return known;
    }
    if (name.startsWith("listener.name.")) {
      return madeUp(name, listenerOption(name));
    }
    for (Map.Entry<String, ForeignOption.Why> prefix : PREFIXES.entrySet()) {
      if (name.startsWith(prefix.getKey())) {
        return madeUp(name, prefix.getValue());
      }
    }
    return null;
  }

  /** {@code listener.name.NAME.OPTION}; with SASL, the mechanism stands before the option. */
  private static ForeignOption.Why listenerOption(String name) {
    return name.contains(".max.connection")
        ? ForeignOption.Why.LISTENER_LIMITS
        : ForeignOption.Why.SECURITY;
  }

  private static ForeignOption madeUp(String name, ForeignOption.Why why) {
    return new ForeignOption(key(name, ConfigDef.Type.STRING, null, why), why, true);
  }

  /** What the operator probably meant: the known name that differs least, if it differs little. */
  static String nearest(String name, Collection<String> own) {
    List<String> known = new ArrayList<>(own);
    known.addAll(Holder.ALL.keySet());
    String best = null;
    int least = Math.max(2, name.length() / 3);
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < least || (distance == least && best == null)) {
        best = candidate;
        least = distance;
      }
    }
    return best;
  }

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static Map<String, ForeignOption> load() {
    Map<String, ForeignOption> all = new LinkedHashMap<>();
    try (InputStream table = ForeignOptions.class.getResourceAsStream(TABLE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(table, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          ForeignOption option = parse(line);
          all.put(option.key().name, option);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The table of Kafka's options cannot be read", e);
    }
    return all;
  }

  private static ForeignOption parse(String line) {
    String[] fields = line.split("\\|", -1);
    ConfigDef.Type type = ConfigDef.Type.valueOf(fields[1]);
    ForeignOption.Why why = ForeignOption.Why.valueOf(fields[3]);
    String value = fields[2].equals("null") ? null : fields[2];
    return new ForeignOption(key(fields[0], type, value, why), why, fields[4].equals("internal"));
  }

  private static ConfigDef.ConfigKey key(
      String name, ConfigDef.Type type, String value, ForeignOption.Why why) {
    return new ConfigDef()
        .define(name, type, value, ConfigDef.Importance.LOW, ForeignOption.documentation(why))
        .configKeys()
        .get(name);
  }
}
