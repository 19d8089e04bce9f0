package dev.naru.broker.api;

import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;

/** ApiVersions: what this node serves, and the features that clients switch behaviour on. */
public final class ApiVersionsHandler implements ApiHandler {
  private static final String METADATA_VERSION = "metadata.version";

  private final Supplier<ApiTable> table;
  private final short metadataVersion;

  /**
   * @param table the table that this handler stands in itself
   * @param metadataVersion feature level of {@code metadata.version} to announce
   */
  public ApiVersionsHandler(Supplier<ApiTable> table, short metadataVersion) {
    this.table = table;
    this.metadataVersion = metadataVersion;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.API_VERSIONS;
  }

  @Override
  public void handle(Request request) {
    ApiVersionsRequestData data = request.data(ApiVersionsRequestData.class);
    if (!new ApiVersionsRequest(data, request.version()).isValid()) {
      request.respond(
          new ApiVersionsResponseData()
              .setErrorCode(Errors.INVALID_REQUEST.code())
              .setApiKeys(table.get().advertised()));
      return;
    }
    ApiVersionsResponseData response =
        new ApiVersionsResponseData().setApiKeys(table.get().advertised());
    if (request.version() >= 3) {
      addFeature(response, METADATA_VERSION, (short) 7, metadataVersion);
      addFeature(response, "group.version", (short) 0, (short) 1);
      addFeature(response, "transaction.version", (short) 0, (short) 2);
      response.setFinalizedFeaturesEpoch(0);
    }
    request.respond(response);
  }

  /** The answer to an ApiVersions request of a version that is not known (KIP-511). */
  public ApiVersionsResponseData unsupportedVersion() {
    return new ApiVersionsResponseData()
        .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
        .setApiKeys(table.get().advertised());
  }

  private static void addFeature(
      ApiVersionsResponseData response, String name, short min, short level) {
    response
        .supportedFeatures()
        .add(new SupportedFeatureKey().setName(name).setMinVersion(min).setMaxVersion(level));
    response
        .finalizedFeatures()
        .add(
            new FinalizedFeatureKey()
                .setName(name)
                .setMinVersionLevel(level)
                .setMaxVersionLevel(level));
  }
}
