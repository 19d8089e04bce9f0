package dev.naru.broker.config;

import java.util.List;
import java.util.Map;

/** What a group's own configs may be (resource type GROUP). Any thread. */
public interface GroupConfigSchema {
  /**
   * Checks all configs that a group would have.
   *
   * @throws org.apache.kafka.common.errors.InvalidConfigurationException unknown or out of bounds
   * @throws org.apache.kafka.common.config.ConfigException a value of the wrong form
   */
  void validate(Map<String, String> configs);

  /** Whether a config is a list, so that APPEND and SUBTRACT make sense. */
  boolean isList(String name);

  /** Every group config with its value for a group that has these of its own. */
  List<ConfigView> describe(Map<String, String> configs);
}
