package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.metadata.BrokerRegistration;

/**
 * DescribeCluster: the nodes and the cluster's id; those that are gone, too, for whoever asks
 * (KIP-1073).
 */
final class DescribeClusterHandler implements ApiHandler {
  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;

  private final TopicServices services;

  DescribeClusterHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_CLUSTER;
  }

  @Override
  public void handle(Request request) {
    DescribeClusterRequestData data = request.data(DescribeClusterRequestData.class);
    if (data.endpointType() != BROKERS) {
      request.respond(refusal(data.endpointType()));
      return;
    }
    boolean empty = services.nodes(request).isEmpty();
    DescribeClusterResponseData response =
        new DescribeClusterResponseData()
            .setClusterId(services.view().clusterId())
            .setEndpointType(BROKERS)
            .setControllerId(empty ? -1 : services.view().controllerId());
    String listener = request.context().listenerName.value();
    for (BrokerRegistration broker : services.view().image().cluster().brokers().values()) {
      if (!broker.fenced() || data.includeFencedBrokers()) {
        Node node = TopicServices.node(broker, listener);
        response
            .brokers()
            .add(
                new DescribeClusterBroker()
                    .setBrokerId(node.id())
                    .setHost(node.host())
                    .setPort(node.port())
                    .setRack(node.rack())
                    .setIsFenced(broker.fenced()));
      }
    }
    if (data.includeClusterAuthorizedOperations()) {
      response.setClusterAuthorizedOperations(AuthorizedOperations.CLUSTER);
    }
    request.respond(response);
  }

  private static DescribeClusterResponseData refusal(byte endpointType) {
    if (endpointType == CONTROLLERS) {
      return new DescribeClusterResponseData()
          .setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
          .setErrorMessage(
              "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of"
                  + " type CONTROLLER");
    }
    return new DescribeClusterResponseData()
        .setErrorCode(Errors.UNSUPPORTED_ENDPOINT_TYPE.code())
        .setErrorMessage("Unsupported endpoint type " + endpointType);
  }
}
