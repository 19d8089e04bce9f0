package dev.naru.broker.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiKeys;

/** The handlers by API key. What is not in it is neither advertised nor answered. Immutable. */
public final class ApiTable {
  private final ApiHandler[] byId;
  private final ApiVersionCollection advertised = new ApiVersionCollection();

  public ApiTable(Collection<? extends ApiHandler> handlers) {
    List<ApiHandler> sorted = new ArrayList<>(handlers);
    sorted.sort((a, b) -> Short.compare(a.api().id, b.api().id));
    byId = new ApiHandler[sorted.get(sorted.size() - 1).api().id + 1];
    for (ApiHandler handler : sorted) {
      if (byId[handler.api().id] != null) {
        throw new IllegalStateException("two handlers for " + handler.api());
      }
      byId[handler.api().id] = handler;
      advertised.add(
          new ApiVersion()
              .setApiKey(handler.api().id)
              .setMinVersion(advertisedMinVersion(handler))
              .setMaxVersion(handler.maxVersion()));
    }
  }

  /** KAFKA-18659: librdkafka stops compressing unless Produce is advertised from 0 on. */
  private static short advertisedMinVersion(ApiHandler handler) {
    return handler.api() == ApiKeys.PRODUCE
        ? ApiKeys.PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION
        : handler.minVersion();
  }

  /** The handler of an API in a version, or null when that is not served. */
  public ApiHandler find(short apiKey, short version) {
    if (apiKey < 0 || apiKey >= byId.length) {
      return null;
    }
    ApiHandler handler = byId[apiKey];
    if (handler == null || version < handler.minVersion() || version > handler.maxVersion()) {
      return null;
    }
    return handler;
  }

  /** What ApiVersions answers. A copy, since the protocol's collections are linked in place. */
  public ApiVersionCollection advertised() {
    return advertised.duplicate();
  }
}
