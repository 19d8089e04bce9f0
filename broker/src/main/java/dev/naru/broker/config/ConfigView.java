package dev.naru.broker.config;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;

/**
 * One config as DescribeConfigs shows it.
 *
 * @param value as a string, null when there is none
 * @param source where the value in force comes from
 * @param synonyms every place that sets it, the one in force first
 */
public record ConfigView(
    String name,
    String value,
    ConfigSource source,
    boolean readOnly,
    List<Synonym> synonyms,
    ConfigDef.Type type,
    String documentation) {

  /** One place that sets a config, under the name that it has there. */
  public record Synonym(String name, String value, ConfigSource source) {}

  /** A view whose source is that of its first synonym. */
  public static ConfigView of(
      ConfigDef.ConfigKey key, Object value, boolean readOnly, List<Synonym> synonyms) {
    return new ConfigView(
        key.name,
        ConfigDef.convertToString(value, key.type),
        synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.get(0).source(),
        readOnly,
        synonyms,
        key.type,
        key.documentation);
  }
}
