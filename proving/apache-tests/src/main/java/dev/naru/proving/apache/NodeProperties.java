package dev.naru.proving.apache;

import dev.naru.proving.node.TestNode;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The broker properties of Apache's tests as settings of a node. */
final class NodeProperties {
  /**
   * Broker properties that the tests set and Naru does not have, each with the reason why a test
   * does not miss it. Everything else goes to the node, which refuses what it does not know.
   */
  private static final Map<Pattern, String> NOT_FOR_NARU =
      Map.of(
          Pattern.compile("listener\\.security\\.protocol\\.map|controller\\..*"),
          "there is one plain listener and no controller process",
          Pattern.compile("group\\.(streams|share)\\..*|share\\.coordinator\\..*"),
          "streams and share groups are not served, see the scope",
          Pattern.compile("log\\.cleaner\\.dedupe\\.buffer\\.size"),
          "memory of Kafka's log cleaner",
          Pattern.compile(
              "log\\.initial\\.task\\.delay\\.ms|log\\.retention\\.check\\.interval\\.ms"),
          "rhythm of Kafka's scheduler; Naru looks after its logs every second by itself",
          Pattern.compile("log\\.segment\\.delete\\.delay\\.ms"),
          "delay before Kafka unlinks what it has renamed",
          Pattern.compile("unstable\\..*"),
          "switches for Kafka's unfinished features",
          Pattern.compile("replica\\..*|auto\\.leader\\.rebalance\\.enable"),
          "replication between brokers");

  private NodeProperties() {}

  static Map<String, String> forNode(TestNode.Kind kind, Map<String, String> ofTest) {
    Map<String, String> settings = new HashMap<>(ofTest);
    if (kind == TestNode.Kind.NARU) {
      settings
          .keySet()
          .removeIf(
              name -> NOT_FOR_NARU.keySet().stream().anyMatch(not -> not.matcher(name).matches()));
    }
    // The number that Apache's test kit gives to the first broker, and that some tests name.
    settings.put("node.id", Integer.toString(AttachedNode.BROKER_ID));
    return settings;
  }
}
