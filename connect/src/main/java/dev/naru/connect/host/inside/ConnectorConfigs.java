package dev.naru.connect.host.inside;

import dev.naru.connect.host.Redaction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.rest.entities.ConfigKeyInfo;
import org.apache.kafka.connect.sink.SinkConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a connector's configuration on its way in and out: a sink gets a dead-letter
 * topic unless the user said otherwise, and secrets are not shown. What is shown can be sent back:
 * {@value Redaction#HIDDEN} stands for the secret that is there.
 */
final class ConnectorConfigs {
  static final String TOLERANCE = "errors.tolerance";
  static final String DEAD_LETTERS = "errors.deadletterqueue.topic.name";
  static final String REPLICATION = "errors.deadletterqueue.topic.replication.factor";
  static final String HEADERS = "errors.deadletterqueue.context.headers.enable";

  private static final Logger LOG = LoggerFactory.getLogger(ConnectorConfigs.class);
  private static final String CLASS = "connector.class";
  private static final int TOPIC_LENGTH_MAX = 249;
  private static final String SUFFIX = "-errors";

  private final Herder herder;

  /** By the connector's class; there are as many as there are plug-ins. */
  private final Map<String, Set<String>> passwords = new ConcurrentHashMap<>();

  ConnectorConfigs(Herder herder) {
    this.herder = herder;
  }

  /**
   * What is stored of what a user sent.
   *
   * @param whole whether this is all of the configuration, and not some changes to it; null values
   *     are for changes only
   * @throws ConnectException with a sentence, when it makes no sense
   */
  Map<String, String> complete(String name, Map<String, String> sent, boolean whole) {
    Map<String, String> config = withSecrets(name, sent);
    Restarts.check(config);
    if (whole && isSink(config)) {
      addDeadLetters(name, config);
    }
    return config;
  }

  private Map<String, String> withSecrets(String name, Map<String, String> sent) {
    Map<String, String> config = new LinkedHashMap<>(sent);
    Map<String, String> stored = null;
    for (Map.Entry<String, String> entry : config.entrySet()) {
      String value = entry.getValue();
      if (value == null || !value.contains(Redaction.HIDDEN)) {
        continue;
      }
      if (stored == null) {
        stored = stored(name);
      }
      String secret = stored.get(entry.getKey());
      if (secret == null || !value.equals(shown(stored, entry.getKey()))) {
        throw new ConnectException(
            entry.getKey()
                + " has "
                + Redaction.HIDDEN
                + ", which is shown instead of a secret; connector "
                + name
                + " has no such value, so say the secret itself");
      }
      entry.setValue(secret);
    }
    return config;
  }

  private Map<String, String> stored(String name) {
    try {
      return herder.connectorInfo(name).config();
    } catch (NotFoundException e) {
      return Map.of();
    }
  }

  /** The class of a connector, or null when there is none of this name. */
  String type(String name) {
    return stored(name).get(CLASS);
  }

  private String shown(Map<String, String> config, String option) {
    return Redaction.value(isSecret(config.get(CLASS), option), config.get(option));
  }

  private boolean isSink(Map<String, String> config) {
    String type = config.get(CLASS);
    if (type == null) {
      return false;
    }
    try {
      return SinkConnector.class.isAssignableFrom(herder.plugins().connectorClass(type));
    } catch (ConnectException e) {
      LOG.debug("{} is not there; Connect says so better", type, e);
      return false;
    }
  }

  private static void addDeadLetters(String name, Map<String, String> config) {
    if ("none".equals(config.get(TOLERANCE))) {
      return;
    }
    config.putIfAbsent(TOLERANCE, "all");
    config.putIfAbsent(DEAD_LETTERS, deadLetters(name));
    config.putIfAbsent(HEADERS, "true");
    // As many copies as the node makes of any topic.
    config.putIfAbsent(REPLICATION, "-1");
  }

  /** The dead-letter topic of a connector; connectors may be called what topics may not. */
  static String deadLetters(String name) {
    String legal = name.replaceAll("[^A-Za-z0-9._-]", "_");
    int most = TOPIC_LENGTH_MAX - SUFFIX.length();
    return (legal.length() > most ? legal.substring(0, most) : legal) + SUFFIX;
  }

  /** Whether an option of a connector is a secret, by its name or by what its plug-in says. */
  boolean isSecret(String type, String option) {
    return Redaction.isSecret(option)
        || (type != null && passwords.computeIfAbsent(type, this::passwords).contains(option));
  }

  private Set<String> passwords(String type) {
    try {
      List<ConfigKeyInfo> keys = herder.connectorPluginConfig(type);
      return keys.stream()
          .filter(key -> "PASSWORD".equals(key.type()))
          .map(ConfigKeyInfo::name)
          .collect(Collectors.toUnmodifiableSet());
    } catch (ConnectException e) {
      LOG.debug("the options of {} cannot be known", type, e);
      return Set.of();
    }
  }
}
