package dev.naru.connect.host.inside;

import com.fasterxml.jackson.jakarta.rs.json.JacksonJsonProvider;
import dev.naru.connect.host.RestAnswer;
import dev.naru.connect.host.RestRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.distributed.DistributedConfig;
import org.apache.kafka.connect.runtime.rest.RestClient;
import org.apache.kafka.connect.runtime.rest.RestRequestTimeout;
import org.apache.kafka.connect.runtime.rest.RestServerConfig;
import org.apache.kafka.connect.runtime.rest.errors.ConnectExceptionMapper;
import org.apache.kafka.connect.runtime.rest.resources.ConnectorPluginsResource;
import org.apache.kafka.connect.runtime.rest.resources.ConnectorsResource;
import org.apache.kafka.connect.runtime.rest.resources.InternalConnectResource;
import org.apache.kafka.connect.runtime.rest.resources.LoggingResource;
import org.apache.kafka.connect.runtime.rest.resources.RootResource;
import org.glassfish.hk2.utilities.binding.AbstractBinder;
import org.glassfish.jersey.internal.MapPropertiesDelegate;
import org.glassfish.jersey.server.ApplicationHandler;
import org.glassfish.jersey.server.ContainerRequest;
import org.glassfish.jersey.server.ContainerResponse;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka Connect's REST API, by its own resources, without a server: the node's HTTP listener hands
 * requests over. Any thread may call; it waits as long as Connect does.
 */
final class RestApi {
  private static final Logger LOG = LoggerFactory.getLogger(RestApi.class);

  /** Kafka Connect's own. */
  private static final long TIMEOUT_MS = TimeUnit.SECONDS.toMillis(90);

  private static final long HEALTH_TIMEOUT_MS = TimeUnit.SECONDS.toMillis(10);
  private static final URI BASE = URI.create("http://localhost/");

  private final ApplicationHandler handler;
  private final RestFilter filter;

  /**
   * @param client asks other workers
   */
  RestApi(Herder herder, Map<String, String> settings, RestClient client) {
    this.filter = new RestFilter(new ConnectorConfigs(herder));
    RestServerConfig config =
        RestServerConfig.forPublic(new DistributedConfig(settings).rebalanceTimeout(), settings);
    ResourceConfig resources = new ResourceConfig();
    resources.register(new JacksonJsonProvider());
    resources.register(ConnectExceptionMapper.class);
    resources.property(ServerProperties.WADL_FEATURE_DISABLE, true);
    List.of(
            RootResource.class,
            ConnectorsResource.class,
            InternalConnectResource.class,
            ConnectorPluginsResource.class,
            LoggingResource.class)
        .forEach(resources::register);
    resources.register(
        new AbstractBinder() {
          @Override
          protected void configure() {
            bind(herder).to(Herder.class);
            bind(client).to(RestClient.class);
            bind(config).to(RestServerConfig.class);
            bind(RestRequestTimeout.constant(TIMEOUT_MS, HEALTH_TIMEOUT_MS))
                .to(RestRequestTimeout.class);
          }
        });
    this.handler = new ApplicationHandler(resources);
  }

  RestAnswer answer(RestRequest asked) {
    RestRequest request;
    try {
      request = filter.in(asked);
    } catch (ConnectException e) {
      return RestAnswer.error(400, e.getMessage());
    }
    return filter.out(request, answerOfConnect(request));
  }

  private RestAnswer answerOfConnect(RestRequest asked) {
    ContainerRequest request =
        new ContainerRequest(
            BASE,
            BASE.resolve(asked.uri()),
            asked.method(),
            null,
            new MapPropertiesDelegate(),
            handler.getConfiguration());
    request.headers(asked.headers());
    if (asked.body().length > 0) {
      request.setEntityStream(new ByteArrayInputStream(asked.body()));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      ContainerResponse response =
          handler.apply(request, body).get(2 * TIMEOUT_MS, TimeUnit.MILLISECONDS);
      Map<String, List<String>> headers = new HashMap<>();
      response.getStringHeaders().forEach((name, values) -> headers.put(name, List.copyOf(values)));
      return new RestAnswer(response.getStatus(), headers, body.toByteArray());
    } catch (ExecutionException e) {
      LOG.warn("{} {} could not be answered", asked.method(), asked.path(), e.getCause());
      return RestAnswer.error(500, String.valueOf(e.getCause().getMessage()));
    } catch (TimeoutException e) {
      return RestAnswer.error(500, "Request timed out");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return RestAnswer.error(503, "interrupted");
    }
  }
}
