package dev.naru.broker.group;

import dev.naru.broker.config.BrokerConfig;
import dev.naru.broker.config.ConfigView;
import dev.naru.broker.config.GroupConfigSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;

/**
 * The group coordinator's own rules for the configs of a group. Its classes are loaded on first
 * use, not at the start.
 */
public final class GroupConfigRules implements GroupConfigSchema {
  private final BrokerConfig broker;

  public GroupConfigRules(BrokerConfig broker) {
    this.broker = broker;
  }

  /** The node's options in the form that the group coordinator takes. */
  static GroupCoordinatorConfig coordinatorConfig(Map<String, ?> settings) {
    return new GroupCoordinatorConfig(new AbstractConfig(definitions(), settings, false));
  }

  static ShareGroupConfig shareConfig(Map<String, ?> settings) {
    return new ShareGroupConfig(new AbstractConfig(definitions(), settings, false));
  }

  /** The coordinator reads the options of share groups too, though there are none. */
  private static ConfigDef definitions() {
    ConfigDef all = new ConfigDef(GroupCoordinatorConfig.CONFIG_DEF);
    ShareGroupConfig.CONFIG_DEF.configKeys().values().stream()
        .filter(key -> !all.names().contains(key.name))
        .forEach(all::define);
    return all;
  }

  @Override
  public void validate(Map<String, String> configs) {
    for (String name : configs.keySet()) {
      if (name.startsWith("share.") || name.startsWith("streams.")) {
        throw new InvalidConfigurationException(
            name + " cannot be set: this broker has no share groups and no streams groups");
      }
    }
    // Built for every check: it is rare, and the node starts without loading these classes.
    Map<String, Object> settings =
        broker.valuesWithPrefix("group.", "offsets.", "offset.metadata.");
    GroupConfig.validate(configs, coordinatorConfig(settings), shareConfig(settings));
  }

  @Override
  public boolean isList(String name) {
    return GroupConfig.configType(name).filter(type -> type == ConfigDef.Type.LIST).isPresent();
  }

  @Override
  public List<ConfigView> describe(Map<String, String> configs) {
    Properties own = new Properties();
    own.putAll(configs);
    Map<String, Object> defaults = new HashMap<>();
    for (String name : GroupConfig.configNames()) {
      GroupConfig.brokerSynonym(name)
          .map(synonym -> broker.valuesWithPrefix(synonym).get(synonym))
          .ifPresent(value -> defaults.put(name, value));
    }
    GroupConfig inForce = GroupConfig.fromProps(defaults, own);
    List<ConfigView> views = new ArrayList<>();
    for (ConfigDef.ConfigKey key : GroupConfig.CONFIG_DEF.configKeys().values()) {
      if (!key.internalConfig) {
        views.add(view(key, inForce.values().get(key.name), configs.containsKey(key.name)));
      }
    }
    return views;
  }

  private ConfigView view(ConfigDef.ConfigKey key, Object value, boolean own) {
    List<ConfigView.Synonym> synonyms = new ArrayList<>();
    if (own) {
      String text = ConfigDef.convertToString(value, key.type);
      synonyms.add(new ConfigView.Synonym(key.name, text, ConfigSource.GROUP_CONFIG));
    }
    List<ConfigView.Synonym> inherited =
        GroupConfig.brokerSynonym(key.name).map(broker::synonyms).orElseGet(List::of);
    synonyms.addAll(inherited);
    if (inherited.isEmpty() && key.defaultValue != null) {
      String text = ConfigDef.convertToString(key.defaultValue, key.type);
      synonyms.add(new ConfigView.Synonym(key.name, text, ConfigSource.DEFAULT_CONFIG));
    }
    return ConfigView.of(key, value, false, synonyms);
  }
}
