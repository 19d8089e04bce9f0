package dev.naru.broker.topic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/**
 * What a request wants to change, resource by resource, with the mistakes that show before any rule
 * of a config is looked at.
 */
final class ConfigRequests<C> {
  final Map<ConfigResource, Map<String, C>> changes = new LinkedHashMap<>();
  private final List<ConfigResource> order = new ArrayList<>();
  private final Map<ConfigResource, ApiError> errors = new HashMap<>();

  /** The changes of one resource, by config. */
  interface Entries<C> {
    void collect(Collector<C> into);
  }

  /** Takes one change. */
  interface Collector<C> {
    void add(String name, C change, boolean isNull);
  }

  void add(byte type, String name, Entries<C> entries) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.forId(type), name);
    order.add(resource);
    if (changes.containsKey(resource) || errors.containsKey(resource)) {
      changes.remove(resource);
      errors.put(
          resource,
          new ApiError(Errors.INVALID_REQUEST, "Each resource must appear at most once."));
      return;
    }
    try {
      changes.put(resource, byName(entries));
    } catch (InvalidRequestException e) {
      errors.put(resource, ApiError.fromThrowable(e));
    }
  }

  private Map<String, C> byName(Entries<C> entries) {
    Map<String, C> byName = new LinkedHashMap<>();
    List<String> nulls = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    entries.collect(
        (name, change, isNull) -> {
          if (!seen.add(name)) {
            throw new InvalidRequestException("Error due to duplicate config keys");
          }
          if (isNull) {
            nulls.add(name);
          }
          byName.put(name, change);
        });
    if (!nulls.isEmpty()) {
      throw new InvalidRequestException(
          "Null value not supported for : " + String.join(", ", nulls));
    }
    return byName;
  }

  /** Hands over each resource of the request, in its order, with how it went. */
  void forEach(Map<ConfigResource, ApiError> results, Answer answer) {
    for (ConfigResource resource : order) {
      ApiError error = errors.get(resource);
      answer.add(resource, error == null ? results.get(resource) : error);
    }
  }

  /** Takes the result of one resource. */
  interface Answer {
    void add(ConfigResource resource, ApiError error);
  }
}
