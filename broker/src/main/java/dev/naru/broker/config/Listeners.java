package dev.naru.broker.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where a node listens, and where clients are told that it does: the one entry of {@code listeners}
 * that is no controller's, and its counterpart in {@code advertised.listeners}.
 *
 * @param bound where the node listens
 * @param advertised null when it is the listener's own address
 */
record Listeners(Endpoint bound, Endpoint advertised) {
  private static final String LISTENERS = "listeners";
  private static final String ADVERTISED = "advertised.listeners";
  private static final String PROTOCOLS = "listener.security.protocol.map";
  private static final String CONTROLLERS = "controller.listener.names";

  /**
   * @param open whether others may be let in without being asked who they are
   * @throws ConfigException one sentence
   */
  static Listeners of(BrokerConfig config, boolean open) {
    List<String> controllers = config.getList(CONTROLLERS);
    Map<String, String> protocols = protocols(config.getString(PROTOCOLS));
    List<Endpoint> all = endpoints(LISTENERS, config.getList(LISTENERS), controllers);
    if (all.size() != 1) {
      throw new ConfigException(
          LISTENERS,
          config.getList(LISTENERS),
          "it must have exactly one entry, besides those of controllers");
    }
    Endpoint listener = all.get(0);
    String protocol = protocols.get(listener.name());
    if (protocol == null) {
      throw new ConfigException(
          LISTENERS,
          listener,
          "no security protocol is defined for listener " + listener.name() + " in " + PROTOCOLS);
    }
    if (!protocol.equals("PLAINTEXT")) {
      throw new ConfigException(
          LISTENERS, listener, "it must be PLAINTEXT://HOST:PORT; TLS and SASL are not there yet");
    }
    List<Endpoint> told = endpoints(ADVERTISED, config.getList(ADVERTISED), controllers);
    if (told.size() > 1 || (told.size() == 1 && !told.get(0).name().equals(listener.name()))) {
      throw new ConfigException(
          ADVERTISED,
          config.getList(ADVERTISED),
          "it must have one entry, for the listener " + listener.name());
    }
    return checked(listener, told.isEmpty() ? null : told.get(0), open);
  }

  /**
   * An empty host means all addresses for a node that is open, and this machine for one that is
   * not: Apache Kafka's own sample file has an empty host.
   */
  private static Listeners checked(Endpoint listener, Endpoint advertised, boolean open) {
    Endpoint bound = listener;
    if (!open && listener.host().isEmpty()) {
      bound = new Endpoint(listener.name(), "127.0.0.1", listener.port());
    }
    if (!open && !bound.isLoopback()) {
      throw new ConfigException(
          LISTENERS,
          listener,
          "other machines could reach it and nobody would be asked who they are; listen on"
              + " 127.0.0.1 or set allow.unauthenticated.listeners=true");
    }
    if (!open && listener.host().isEmpty() && advertised != null && !advertised.isLoopback()) {
      throw new ConfigException(
          ADVERTISED,
          advertised,
          "other machines are told to come here, and nobody would be asked who they are; advertise"
              + " localhost or set allow.unauthenticated.listeners=true");
    }
    Endpoint told = advertised == null ? bound : advertised;
    if (told.isEveryAddress()) {
      throw new ConfigException(
          ADVERTISED,
          advertised,
          "clients cannot connect to every address; name one of this machine");
    }
    return new Listeners(bound, advertised);
  }

  private static List<Endpoint> endpoints(
      String option, List<String> entries, List<String> controllers) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (String entry : entries) {
      Endpoint endpoint = Endpoint.parse(option, entry.strip());
      if (controllers.stream().noneMatch(name -> name.equalsIgnoreCase(endpoint.name()))) {
        endpoints.add(endpoint);
      }
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
