package dev.naru.connect.common;

import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;

/** Checks of a connector's options. */
public final class Options {
  private Options() {}

  /**
   * Adds what is wrong with options only together to what Connect found wrong with each of them, so
   * that the REST API answers with it instead of starting a connector that fails.
   *
   * @param config what Connect found; its option {@code where} gets the sentence
   * @param make builds the connector's configuration and throws {@link ConfigException}
   */
  public static Config checkedTogether(
      Config config, Map<String, String> props, String where, Consumer<Map<String, String>> make) {
    boolean fine =
        config.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
    if (fine) {
      try {
        make.accept(props);
      } catch (ConfigException e) {
        for (ConfigValue value : config.configValues()) {
          if (value.name().equals(where)) {
            value.addErrorMessage(e.getMessage());
          }
        }
      }
    }
    return config;
  }
}
