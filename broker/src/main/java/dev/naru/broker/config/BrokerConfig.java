package dev.naru.broker.config;

import dev.naru.log.Durability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.image.ConfigurationsImage;

/**
 * A node's options: what it was started with, overlaid by what was changed while it ran, for all
 * nodes or for this one. Immutable.
 */
public final class BrokerConfig {
  /** Name of the one listener. */
  public static final String LISTENER_NAME = "PLAINTEXT";

  private final Map<String, String> started;
  private final Map<String, String> dynamicDefault;
  private final Map<String, String> dynamicNode;
  private final Map<String, Object> values = new HashMap<>();
  private final Endpoint listener;
  private final Endpoint advertised;

  private BrokerConfig(
      Map<String, String> started,
      Map<String, String> dynamicDefault,
      Map<String, String> dynamicNode) {
    this.started = Map.copyOf(started);
    this.dynamicDefault = Map.copyOf(dynamicDefault);
    this.dynamicNode = Map.copyOf(dynamicNode);
    for (ConfigDef.ConfigKey key : BrokerOptions.DEFINITIONS.configKeys().values()) {
      values.put(key.name, parse(key, given(key.name)));
    }
    listener = Endpoint.parse("listeners", single("listeners"));
    advertised =
        values.get("advertised.listeners") == null
            ? null
            : Endpoint.parse("advertised.listeners", single("advertised.listeners"));
    check();
  }

  /**
   * @param options names and values as the operator gave them
   * @throws ConfigException one sentence: an unknown name, or a value that is wrong and why
   */
  public static BrokerConfig of(Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!BrokerOptions.DEFINITIONS.names().contains(name)) {
        throw new ConfigException("There is no option named " + name + " in this broker");
      }
    }
    return new BrokerConfig(options, Map.of(), Map.of());
  }

  /** Names of all options, sorted. */
  public static Set<String> names() {
    return new TreeMap<>(BrokerOptions.DEFINITIONS.configKeys()).keySet();
  }

  /** Whether an option may be changed while the node runs. */
  public static boolean isDynamic(String name) {
    return BrokerOptions.DYNAMIC.contains(name);
  }

  /** Whether an option is a list, so that APPEND and SUBTRACT make sense. */
  public static boolean isList(String name) {
    ConfigDef.ConfigKey key = BrokerOptions.DEFINITIONS.configKeys().get(name);
    return key != null && key.type == ConfigDef.Type.LIST;
  }

  /**
   * The same options with other overlays.
   *
   * @param forAll changed for all nodes
   * @param forThis changed for this node; wins
   * @throws ConfigException a value is wrong
   */
  public BrokerConfig withDynamic(Map<String, String> forAll, Map<String, String> forThis) {
    if (forAll.equals(dynamicDefault) && forThis.equals(dynamicNode)) {
      return this;
    }
    return new BrokerConfig(started, forAll, forThis);
  }

  /** The options in force with this state of the metadata. */
  public BrokerConfig at(ConfigurationsImage configs) {
    return withDynamic(
        configs.configMapForResource(new ConfigResource(ConfigResource.Type.BROKER, "")),
        configs.configMapForResource(
            new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(nodeId()))));
  }

  public int getInt(String name) {
    return ((Number) value(name)).intValue();
  }

  public long getLong(String name) {
    return ((Number) value(name)).longValue();
  }

  public boolean getBoolean(String name) {
    return (Boolean) value(name);
  }

  /** Null when the option has no value. */
  public String getString(String name) {
    return (String) value(name);
  }

  public List<String> getList(String name) {
    return asList(value(name));
  }

  /** Options that were set at the start, as given; for parts that have a parser of their own. */
  public Map<String, String> started() {
    return started;
  }

  /** Every option of a group of options, for parts that have a parser of their own. */
  public Map<String, Object> valuesWithPrefix(String... prefixes) {
    Map<String, Object> found = new HashMap<>();
    values.forEach(
        (name, value) -> {
          for (String prefix : prefixes) {
            if (name.startsWith(prefix) && value != null) {
              found.put(name, value);
            }
          }
        });
    return found;
  }

  public int nodeId() {
    return getInt("node.id");
  }

  public Path dataDirectory() {
    return Path.of(single(value("log.dirs") == null ? "log.dir" : "log.dirs"));
  }

  public Durability durability() {
    return getString("durability").equals("os") ? Durability.OS : Durability.FSYNC;
  }

  /** Host to listen on; empty for every address of this machine. */
  public String listenHost() {
    return listener.host();
  }

  /** Port to listen on; 0 for a free one. */
  public int listenPort() {
    return listener.port();
  }

  /** Host that clients are told. */
  public String advertisedHost() {
    return advertised == null ? listener.host() : advertised.host();
  }

  /** Port that clients are told. */
  public int advertisedPort() {
    return advertised == null ? listener.port() : advertised.port();
  }

  /** The same options with the port that was really taken. */
  public BrokerConfig withListenPort(int port) {
    Map<String, String> next = new HashMap<>(started);
    String host = listener.host().contains(":") ? "[" + listener.host() + "]" : listener.host();
    next.put("listeners", LISTENER_NAME + "://" + host + ":" + port);
    return new BrokerConfig(next, dynamicDefault, dynamicNode);
  }

  /** Every option with its value and where it comes from. */
  public List<ConfigView> describe() {
    List<ConfigView> all = new ArrayList<>();
    for (ConfigDef.ConfigKey key : BrokerOptions.DEFINITIONS.configKeys().values()) {
      all.add(ConfigView.of(key, values.get(key.name), !isDynamic(key.name), synonyms(key.name)));
    }
    return all;
  }

  /** The options that were changed for all nodes. */
  public List<ConfigView> describeDefaults() {
    List<ConfigView> changed = new ArrayList<>();
    dynamicDefault.forEach(
        (name, value) -> {
          ConfigDef.ConfigKey key = BrokerOptions.DEFINITIONS.configKeys().get(name);
          var synonym =
              new ConfigView.Synonym(name, value, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
          changed.add(ConfigView.of(key, parse(key, value), !isDynamic(name), List.of(synonym)));
        });
    return changed;
  }

  /** Every place that sets one of these names, the one in force first. */
  public List<ConfigView.Synonym> synonyms(String... names) {
    List<ConfigView.Synonym> found = new ArrayList<>();
    collect(found, dynamicNode, ConfigSource.DYNAMIC_BROKER_CONFIG, names);
    collect(found, dynamicDefault, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, names);
    collect(found, started, ConfigSource.STATIC_BROKER_CONFIG, names);
    for (String name : names) {
      ConfigDef.ConfigKey key = BrokerOptions.DEFINITIONS.configKeys().get(name);
      if (key != null && key.defaultValue != null) {
        String value = ConfigDef.convertToString(key.defaultValue, key.type);
        found.add(new ConfigView.Synonym(name, value, ConfigSource.DEFAULT_CONFIG));
      }
    }
    return found;
  }

  /** The value that was given for an option, or null when its default is in force. */
  String given(String name) {
    String value = dynamicNode.get(name);
    value = value != null ? value : dynamicDefault.get(name);
    return value != null ? value : started.get(name);
  }

  private static void collect(
      List<ConfigView.Synonym> into,
      Map<String, String> layer,
      ConfigSource source,
      String... names) {
    for (String name : names) {
      String value = layer.get(name);
      if (value != null) {
        into.add(new ConfigView.Synonym(name, value, source));
      }
    }
  }

  private static Object parse(ConfigDef.ConfigKey key, String given) {
    if (given == null) {
      return key.defaultValue;
    }
    Object value = ConfigDef.parseType(key.name, given, key.type);
    if (key.validator != null) {
      key.validator.ensureValid(key.name, value);
    }
    return value;
  }

  private void check() {
    dataDirectory();
    if (!listener.isLoopback() && !getBoolean("allow.unauthenticated.listeners")) {
      throw new ConfigException(
          "listeners",
          single("listeners"),
          "other machines could reach it and nobody would be asked who they are; listen on"
              + " 127.0.0.1 or set allow.unauthenticated.listeners=true");
    }
    if (advertisedHost().isEmpty()
        || advertisedHost().equals("0.0.0.0")
        || advertisedHost().equals("::")) {
      throw new ConfigException(
          "advertised.listeners",
          given("advertised.listeners"),
          "clients cannot connect to every address; name one of this machine");
    }
    for (String protocol : getList("group.coordinator.rebalance.protocols")) {
      if (!protocol.equals("classic") && !protocol.equals("consumer")) {
        throw new ConfigException(
            "group.coordinator.rebalance.protocols",
            protocol,
            "the protocols that are served are classic and consumer");
      }
    }
    // A topic without configs of its own must be possible.
    new TopicConfigs(this).settings(Map.of());
  }

  private String single(String name) {
    List<String> entries = asList(value(name));
    if (entries.size() != 1) {
      throw new ConfigException(name, entries, "it must have exactly one entry");
    }
    return entries.get(0);
  }

  private Object value(String name) {
    if (!values.containsKey(name)) {
      throw new IllegalArgumentException("no option is named " + name);
    }
    return values.get(name);
  }

  private static List<String> asList(Object value) {
    if (value == null) {
      return List.of();
    }
    return ((List<?>) value).stream().map(Objects::toString).toList();
  }
}
