package dev.naru.broker.config;

import dev.naru.log.Durability;
import dev.naru.log.LogStoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.image.ConfigurationsImage;

/**
 * A node's options: what it was started with, overlaid by what was changed while it ran, for all
 * nodes or for this one. Immutable.
 */
public final class BrokerConfig {
  /** Set for one node of a cluster while it runs: it is to own nothing. */
  public static final String DRAIN = "node.drain";

  /** Kafka's option that says where consumers fetch from (KIP-392). */
  public static final String REPLICA_SELECTOR = "replica.selector.class";

  /** The one value that it may have. */
  public static final String RACK_AWARE_SELECTOR =
      "org.apache.kafka.common.replica.RackAwareReplicaSelector";

  private final Map<String, String> started;
  private final Map<String, String> dynamicDefault;
  private final Map<String, String> dynamicNode;
  private final Map<String, Object> values = new HashMap<>();
  private final List<Listener> listeners;
  private final Map<String, Integer> connectionOverrides;

  /** The ports that were taken, by the listener's name; empty before there are any. */
  private final Map<String, Integer> ports;

  private BrokerConfig(
      Map<String, String> started,
      Map<String, String> dynamicDefault,
      Map<String, String> dynamicNode,
      Map<String, Integer> ports) {
    this.started = Map.copyOf(started);
    this.ports = Map.copyOf(ports);
    this.dynamicDefault = Map.copyOf(dynamicDefault);
    this.dynamicNode = Map.copyOf(dynamicNode);
    for (ConfigDef.ConfigKey key : BrokerOptions.DEFINITIONS.configKeys().values()) {
      values.put(key.name, parse(key, given(key.name)));
    }
    overrides().forEach(name -> values.put(name, parse(key(name), given(name))));
    listeners = Listeners.of(this, this::authenticates);
    connectionOverrides = overrides(getString("max.connections.per.ip.overrides"));
    check();
  }

  /**
   * @param options names and values as the operator gave them
   * @throws ConfigException one sentence: an unknown name, or a value that is wrong and why
   */
  public static BrokerConfig of(Map<String, String> options) {
    Map<String, String> own = new HashMap<>(options);
    for (Map.Entry<String, String> option : options.entrySet()) {
      String name = option.getKey();
      if (key(name) == null) {
        ForeignOption foreign = ForeignOptions.find(name);
        if (foreign == null) {
          throw new ConfigException(unknown(name));
        }
        if (foreign.isRefused(option.getValue())) {
          throw foreign.refusal();
        }
      }
    }
    nodeIdFromBrokerId(own);
    return new BrokerConfig(own, Map.of(), Map.of(), Map.of());
  }

  /** Kafka's older name for {@code node.id}. */
  private static void nodeIdFromBrokerId(Map<String, String> options) {
    String brokerId = options.get("broker.id");
    if (brokerId == null || brokerId.strip().equals("-1")) {
      return;
    }
    String nodeId = options.putIfAbsent("node.id", brokerId);
    if (nodeId != null && !nodeId.strip().equals(brokerId.strip())) {
      throw new ConfigException(
          "broker.id", brokerId, "it is another name of node.id, and that is " + nodeId);
    }
  }

  private static String unknown(String name) {
    return "There is no option named " + name + hint(name);
  }

  private static String hint(String name) {
    String nearest = ForeignOptions.nearest(name, BrokerOptions.DEFINITIONS.names());
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /**
   * Options that were given at the start and do nothing here, each with the reason as the end of a
   * sentence; sorted.
   */
  public Map<String, String> ineffective() {
    Map<String, String> reasons = new TreeMap<>();
    for (String name : started.keySet()) {
      if (key(name) == null) {
        reasons.put(name, ForeignOptions.find(name).why().reason());
      }
    }
    return reasons;
  }

  /** Why an option cannot be changed while the node runs, as the end of a sentence. */
  public static String whyFixed(String name) {
    if (SslOptions.isReloadable(name)) {
      return "it can change for one listener at a time, as listener.name.NAME." + name;
    }
    if (key(name) != null) {
      return "it is read when the node starts";
    }
    ForeignOption foreign = ForeignOptions.find(name);
    return foreign == null ? "there is no such option" + hint(name) : foreign.why().reason();
  }

  /** Names of all options, sorted. */
  public static Set<String> names() {
    return new TreeMap<>(BrokerOptions.DEFINITIONS.configKeys()).keySet();
  }

  /** Whether an option may be changed while the node runs. */
  public static boolean isDynamic(String name) {
    return BrokerOptions.DYNAMIC.contains(name) || isOfOneListener(name);
  }

  /**
   * Whether it is an option of one listener that may be changed while the node runs: a key or trust
   * store. It belongs to one node, and giving it the same value again means that its file changed.
   */
  public static boolean isOfOneListener(String name) {
    String option = SslOptions.overridden(name);
    return option != null && SslOptions.isReloadable(option);
  }

  /** The definition of an option, or of one with a listener's prefix; null when there is none. */
  private static ConfigDef.ConfigKey key(String name) {
    ConfigDef.ConfigKey key = BrokerOptions.DEFINITIONS.configKeys().get(name);
    String option = key == null ? SslOptions.overridden(name) : null;
    return option == null
        ? key
        : SslOptions.renamed(BrokerOptions.DEFINITIONS.configKeys().get(option), name);
  }

  /** Whether an option is a list, so that APPEND and SUBTRACT make sense. */
  public static boolean isList(String name) {
    ConfigDef.ConfigKey key = key(name);
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
    return new BrokerConfig(started, forAll, forThis, ports);
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

  /** How long the start of a node of a cluster waits for the other nodes. */
  public Duration patience() {
    return Duration.ofMillis(getInt("initial.broker.registration.timeout.ms"));
  }

  public Path dataDirectory() {
    return Path.of(single(value("log.dirs") == null ? "log.dir" : "log.dirs"));
  }

  public Durability durability() {
    return getString("durability").equals("os") ? Durability.OS : Durability.FSYNC;
  }

  /** What all logs share. */
  public LogStoreConfig logStore() {
    return new LogStoreConfig(
        getInt("producer.id.expiration.ms"),
        getInt("producer.id.expiration.check.interval.ms"),
        getLong("log.retention.check.interval.ms"),
        getBoolean("log.cleaner.enable"),
        getLong("log.cleaner.backoff.ms"),
        getLong("log.cleaner.dedupe.buffer.size"));
  }

  /** Where the node listens, in the order in which it was told; at least one. */
  public List<Listener> listeners() {
    return listeners.stream()
        .map(one -> ports.containsKey(one.name()) ? one.on(ports.get(one.name())) : one)
        .toList();
  }

  /**
   * The options of TLS as they hold for a listener, by their names without its prefix. An empty
   * password is none, so that a listener can do without the one that is set for all.
   */
  public Map<String, Object> tls(Listener listener) {
    Map<String, Object> tls = new HashMap<>();
    for (String name : SslOptions.names()) {
      Object value = values.get(nameFor(listener, name));
      boolean empty = value instanceof Password password && password.value().isEmpty();
      tls.put(name, empty ? null : value);
    }
    return tls;
  }

  /** The name under which an option of TLS is set for a listener, or would be. */
  public String nameFor(Listener listener, String option) {
    String own = listener.prefix() + option;
    return values.containsKey(own) ? own : option;
  }

  private boolean authenticates(String listener) {
    String own =
        "listener.name." + listener.toLowerCase(Locale.ROOT) + "." + SslOptions.CLIENT_AUTH;
    Object auth = values.getOrDefault(own, values.get(SslOptions.CLIENT_AUTH));
    return "required".equals(auth);
  }

  /** {@code max.connections.per.ip.overrides}: by host name or address. */
  public Map<String, Integer> connectionOverrides() {
    return connectionOverrides;
  }

  /** The same options with the ports that were really taken, by the listeners' names. */
  public BrokerConfig withPorts(Map<String, Integer> taken) {
    return new BrokerConfig(started, dynamicDefault, dynamicNode, taken);
  }

  /** Every option with its value and where it comes from, those without an effect included. */
  public List<ConfigView> describe() {
    List<ConfigView> all = new ArrayList<>();
    for (ForeignOption option : ForeignOptions.all()) {
      String given = started.get(option.key().name);
      if (given != null || !option.internal()) {
        all.add(foreign(option, given));
      }
    }
    for (ConfigDef.ConfigKey key : BrokerOptions.DEFINITIONS.configKeys().values()) {
      all.add(ConfigView.of(key, values.get(key.name), !isDynamic(key.name), synonyms(key.name)));
    }
    for (String name : overrides()) {
      ConfigDef.ConfigKey key = key(name);
      List<ConfigView.Synonym> synonyms = synonyms(name, SslOptions.overridden(name));
      all.add(ConfigView.of(key, values.get(name), !isDynamic(name), synonyms));
    }
    return all;
  }

  /** Options of TLS that are set for one listener, by their whole names; sorted. */
  private Set<String> overrides() {
    Set<String> names = new TreeSet<>();
    for (Map<String, String> layer : List.of(started, dynamicDefault, dynamicNode)) {
      layer.keySet().stream()
          .filter(name -> SslOptions.overridden(name) != null)
          .forEach(names::add);
    }
    return names;
  }

  private static ConfigView foreign(ForeignOption option, String given) {
    ConfigDef.ConfigKey key = option.key();
    List<ConfigView.Synonym> synonyms = new ArrayList<>();
    if (given != null) {
      synonyms.add(new ConfigView.Synonym(key.name, given, ConfigSource.STATIC_BROKER_CONFIG));
    }
    if (key.defaultValue != null) {
      synonyms.add(
          new ConfigView.Synonym(key.name, option.defaultValue(), ConfigSource.DEFAULT_CONFIG));
    }
    return ConfigView.of(key, parse(key, given), true, synonyms);
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
    overrides().forEach(this::checkListenerOf);
    if (!getList("process.roles").contains("broker")) {
      throw new ConfigException(
          "process.roles",
          getList("process.roles"),
          "a node is always a broker, and its own controller");
    }
    if (Boolean.TRUE.equals(parse(key(DRAIN), started.get(DRAIN)))) {
      throw new ConfigException(
          DRAIN, true, "a node starts to work; ./naru cluster drain empties one that runs");
    }
    if (getInt("max.connections.per.ip") == 0 && connectionOverrides.isEmpty()) {
      throw new ConfigException(
          "max.connections.per.ip",
          0,
          "nobody could connect; 0 needs max.connections.per.ip.overrides");
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

  private void checkListenerOf(String override) {
    String name = SslOptions.listenerOf(override);
    boolean known =
        listeners.stream().anyMatch(one -> override.startsWith(one.prefix()))
            || getList("controller.listener.names").stream().anyMatch(name::equalsIgnoreCase);
    if (!known) {
      throw new ConfigException(
          override
              + " is for a listener that is not there; it begins with listener.name., the name of"
              + " one of listeners in lower case, and a dot");
    }
  }

  private static Map<String, Integer> overrides(String text) {
    Map<String, Integer> overrides = new HashMap<>();
    for (String entry : text.isBlank() ? new String[0] : text.split(",")) {
      int colon = entry.lastIndexOf(':');
      try {
        String host = entry.substring(0, Math.max(0, colon)).strip();
        int count = Integer.parseInt(entry.substring(colon + 1).strip());
        if (!host.isEmpty() && count >= 0) {
          overrides.put(host, count);
          continue;
        }
      } catch (NumberFormatException e) {
        // Answered below, like a negative number.
      }
      throw new ConfigException(
          "max.connections.per.ip.overrides",
          text,
          "it must be HOST:NUMBER,…, such as 10.0.0.1:50");
    }
    return Map.copyOf(overrides);
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
