package dev.naru.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * Reads where a node listens, and where clients are told that it does: the entries of {@code
 * listeners} that are no controller's, and their counterparts in {@code advertised.listeners}.
 */
final class Listeners {
  private static final String LISTENERS = "listeners";
  private static final String ADVERTISED = "advertised.listeners";
  private static final String PROTOCOLS = "listener.security.protocol.map";
  private static final String CONTROLLERS = "controller.listener.names";
  private static final String BETWEEN_BROKERS = "inter.broker.listener.name";

  private final BrokerConfig config;
  private final List<String> controllers;

  /** Whether whoever comes in there shows who he is, or need not. */
  private final Predicate<Endpoint> open;

  private Listeners(BrokerConfig config, Predicate<Endpoint> open) {
    this.config = config;
    this.controllers = config.getList(CONTROLLERS);
    this.open = open;
  }

  /**
   * @param authenticates by a listener's name: whether a TLS listener requires clients'
   *     certificates
   * @throws ConfigException one sentence
   */
  static List<Listener> of(BrokerConfig config, Predicate<String> authenticates) {
    boolean unauthenticated = config.getBoolean("allow.unauthenticated.listeners");
    Map<String, String> protocols = protocols(config.getString(PROTOCOLS));
    Listeners reader =
        new Listeners(
            config,
            endpoint ->
                unauthenticated
                    || ("SSL".equals(protocols.get(endpoint.name()))
                        && authenticates.test(endpoint.name())));
    return reader.read(protocols);
  }

  private List<Listener> read(Map<String, String> protocols) {
    List<Endpoint> bound = endpoints(LISTENERS);
    if (bound.isEmpty()) {
      throw new ConfigException(
          LISTENERS,
          config.getList(LISTENERS),
          "it must have at least one entry, besides those of controllers");
    }
    Map<String, Endpoint> told = new HashMap<>();
    for (Endpoint endpoint : endpoints(ADVERTISED)) {
      if (bound.stream().noneMatch(one -> one.name().equals(endpoint.name()))) {
        throw new ConfigException(
            ADVERTISED, endpoint, "there is no listener named " + endpoint.name());
      }
      told.put(endpoint.name(), endpoint);
    }
    List<Listener> listeners = new ArrayList<>();
    for (Endpoint endpoint : bound) {
      listeners.add(listener(endpoint, protocol(endpoint, protocols), told.get(endpoint.name())));
    }
    String betweenBrokers = config.getString(BETWEEN_BROKERS);
    if (betweenBrokers != null
        && listeners.stream().noneMatch(one -> one.name().equalsIgnoreCase(betweenBrokers))) {
      throw new ConfigException(
          BETWEEN_BROKERS, betweenBrokers, "there is no listener of that name");
    }
    return List.copyOf(listeners);
  }

  private static SecurityProtocol protocol(Endpoint listener, Map<String, String> protocols) {
    String protocol = protocols.get(listener.name());
    if (protocol == null) {
      throw new ConfigException(
          LISTENERS,
          listener,
          "no security protocol is defined for listener " + listener.name() + " in " + PROTOCOLS);
    }
    return switch (protocol) {
      case "PLAINTEXT" -> SecurityProtocol.PLAINTEXT;
      case "SSL" -> SecurityProtocol.SSL;
      case "SASL_PLAINTEXT", "SASL_SSL" ->
          throw new ConfigException(
              LISTENERS, listener, "its protocol must be PLAINTEXT or SSL; SASL is not there yet");
      default ->
          throw new ConfigException(
              PROTOCOLS,
              listener.name() + ":" + protocol,
              "a listener's protocol must be PLAINTEXT or SSL");
    };
  }

  /**
   * An empty host means all addresses for a listener that is open, and this machine for one that is
   * not: Apache Kafka's own sample file has an empty host.
   */
  private Listener listener(Endpoint listener, SecurityProtocol protocol, Endpoint advertised) {
    boolean isOpen = open.test(listener);
    Endpoint bound = listener;
    if (!isOpen && listener.host().isEmpty()) {
      bound = new Endpoint(listener.name(), "127.0.0.1", listener.port());
    }
    if (!isOpen && !bound.isLoopback()) {
      throw new ConfigException(
          LISTENERS,
          listener,
          "other machines could reach it and nobody would be asked who they are; listen on"
              + " 127.0.0.1, "
              + remedy(protocol));
    }
    if (!isOpen && listener.host().isEmpty() && advertised != null && !advertised.isLoopback()) {
      throw new ConfigException(
          ADVERTISED,
          advertised,
          "other machines are told to come here, and nobody would be asked who they are; advertise"
              + " localhost, "
              + remedy(protocol));
    }
    Endpoint told = advertised == null ? bound : advertised;
    if (told.isEveryAddress()) {
      throw new ConfigException(
          ADVERTISED, told, "clients cannot connect to every address; name one of this machine");
    }
    return new Listener(
        listener.name(), protocol, bound.host(), bound.port(), told.host(), told.port());
  }

  private static String remedy(SecurityProtocol protocol) {
    return protocol == SecurityProtocol.SSL
        ? "set ssl.client.auth=required, or set allow.unauthenticated.listeners=true"
        : "or set allow.unauthenticated.listeners=true";
  }

  private List<Endpoint> endpoints(String option) {
    List<Endpoint> endpoints = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    for (String entry : config.getList(option)) {
      Endpoint endpoint = Endpoint.parse(option, entry.strip());
      if (controllers.stream().anyMatch(name -> name.equalsIgnoreCase(endpoint.name()))) {
        continue;
      }
      if (!names.add(endpoint.name())) {
        throw new ConfigException(
            option, entry, "each listener must have a name of its own; one is there twice");
      }
      if (option.equals(LISTENERS)
          && endpoint.port() != 0
          && !addresses.add(endpoint.host() + ":" + endpoint.port())) {
        throw new ConfigException(option, entry, "each listener must have a port of its own");
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }

  private static Map<String, String> protocols(String text) {
    Map<String, String> protocols = new HashMap<>();
    for (String entry : text.split(",")) {
      String[] parts = entry.strip().split(":", -1);
      if (parts.length != 2) {
        throw new ConfigException(PROTOCOLS, text, "it must be NAME:PROTOCOL,…");
      }
      protocols.put(
          parts[0].strip().toUpperCase(Locale.ROOT), parts[1].strip().toUpperCase(Locale.ROOT));
    }
    return protocols;
  }
}
