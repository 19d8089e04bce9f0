package dev.naru.proving.peers;

import static dev.naru.proving.peers.Tools.CONSUMER;
import static dev.naru.proving.peers.Tools.GROUPS;
import static dev.naru.proving.peers.Tools.created;
import static dev.naru.proving.peers.Tools.filled;
import static dev.naru.proving.peers.Tools.numbers;
import static dev.naru.proving.peers.Tools.run;
import static dev.naru.proving.peers.Tools.runAlone;
import static dev.naru.proving.peers.Tools.runPlain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.proving.Clients;
import dev.naru.proving.SharedNode;
import dev.naru.proving.node.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What users of Apache Kafka type to send, receive, copy and measure. */
@Tag("once")
class DataToolsIT {
  private final String bootstrap = SharedNode.bootstrap();

  @Test
  void theConsolesCarryKeysHeadersAndValues() {
    String topic = created("tools-console", 1);
    runAlone(
        "color:red,size:2\tk1\tfirst\nNULL\tk2\tNULL\ncolor:blue\tNULL\tthird\n",
        "org.apache.kafka.tools.ConsoleProducer",
        "--topic "
            + topic
            + " --compression-codec zstd"
            + " --reader-property parse.key=true --reader-property parse.headers=true"
            + " --reader-property null.marker=NULL");
    Tools.Result read =
        run(
            CONSUMER,
            "--topic "
                + topic
                + " --from-beginning --max-messages 3 --timeout-ms 20000"
                + " --formatter-property print.key=true --formatter-property print.headers=true"
                + " --formatter-property print.partition=true --formatter-property print.offset=true"
                + " --formatter-property null.literal=-");
    assertEquals(
        List.of(
            "Partition:0\tOffset:0\tcolor:red,size:2\tk1\tfirst",
            "Partition:0\tOffset:1\tNO_HEADERS\tk2\t-",
            "Partition:0\tOffset:2\tcolor:blue\t-\tthird"),
        read.lines());
    assertTrue(read.err().contains("Processed a total of 3 messages"), read::toString);
  }

  @Test
  void theConsoleConsumerReadsFromAnOffsetInAGroupAndWithTheNewProtocol() {
    String topic = filled("tools-positions", 50);
    assertEquals(
        numbers(47, 50),
        run(CONSUMER, "--topic " + topic + " --partition 0 --offset 47 --max-messages 3").lines());
    for (String protocol : List.of("classic", "consumer")) {
      String group = Clients.unique("tools-positions");
      String arguments =
          "--topic "
              + topic
              + " --group "
              + group
              + " --from-beginning --max-messages 20"
              + " --command-property max.poll.records=20 --command-property group.protocol="
              + protocol;
      assertEquals(numbers(0, 20), run(CONSUMER, arguments).lines());
      assertEquals(numbers(20, 40), run(CONSUMER, arguments).lines());
      run(GROUPS, "--describe --group " + group)
          .assertHas(group + " " + topic + " 0 40 50 10 - - -");
    }
  }

  @Test
  void theVerifiableConsumerGetsWhatTheVerifiableProducerGotAcknowledged() {
    String topic = created("tools-verifiable", 1);
    List<String> sent =
        runAlone(
            "",
            "org.apache.kafka.tools.VerifiableProducer",
            "--topic " + topic + " --max-messages 200 --acks -1 --repeating-keys 7");
    List<String> acknowledged = matching(sent, "producer_send_success");
    assertEquals(200, acknowledged.size(), sent::toString);
    String summary = matching(sent, "tool_data").get(0);
    assertEquals(List.of("200", "200"), fields(summary, "sent", "acked"));
    List<String> consumed =
        runAlone(
            "",
            "org.apache.kafka.tools.VerifiableConsumer",
            "--topic "
                + topic
                + " --max-messages 200 --verbose"
                + " --group-id "
                + Clients.unique("verifiable"));
    List<String> received = matching(consumed, "record_data");
    assertEquals(200, received.size(), consumed::toString);
    for (int i = 0; i < 200; i++) {
      List<String> expected = List.of(String.valueOf(i % 7), String.valueOf(i), String.valueOf(i));
      assertEquals(expected, fields(acknowledged.get(i), "key", "value", "offset"));
      assertEquals(expected, fields(received.get(i), "key", "value", "offset"));
    }
    List<String> commits = matching(consumed, "offsets_committed");
    String last = commits.get(commits.size() - 1);
    assertEquals(List.of("200", "true"), fields(last, "offset", "success"));
  }

  private static List<String> matching(List<String> events, String name) {
    return events.stream().filter(event -> event.contains("\"name\":\"" + name + "\"")).toList();
  }

  /** The values of these fields of a JSON object, whose order is nobody's promise. */
  private static List<String> fields(String json, String... names) {
    List<String> values = new ArrayList<>();
    for (String name : names) {
      Matcher field = Pattern.compile("\"" + name + "\":\"?([^\",}\\]]*)").matcher(json);
      assertTrue(field.find(), () -> name + " is not in " + json);
      values.add(field.group(1));
    }
    return values;
  }

  @Test
  void thePerformanceToolsCountWhatTheySendAndReceive() {
    String topic = created("tools-performance", 2);
    List<String> produced =
        runPlain(
                "org.apache.kafka.tools.ProducerPerformance",
                "--topic "
                    + topic
                    + " --num-records 5000 --record-size 100 --throughput -1"
                    + " --command-property bootstrap.servers="
                    + bootstrap
                    + " --transactional-id "
                    + Clients.unique("performance")
                    + " --transaction-duration-ms 50")
            .lines();
    assertTrue(
        produced.stream().anyMatch(l -> l.startsWith("5000 records sent, ")), produced::toString);
    List<String> consumed =
        run(
                "org.apache.kafka.tools.ConsumerPerformance",
                "--topic " + topic + " --num-records 5000")
            .lines();
    assertEquals("5000", consumed.get(consumed.size() - 1).split(", ")[4], consumed::toString);
    List<String> endToEnd =
        runPlain("org.apache.kafka.tools.EndToEndLatency", bootstrap + " " + topic + " 50 all 100")
            .lines();
    assertTrue(endToEnd.stream().anyMatch(l -> l.startsWith("Percentiles: ")), endToEnd::toString);
  }

  @Test
  void theTransactionalCopierCopiesEachMessageOnceWithItsOffset() {
    String from = filled("tools-copy-from", 500);
    String to = created("tools-copy-to", 1);
    String group = Clients.unique("tools-copy");
    runPlain(
            "org.apache.kafka.tools.TransactionalMessageCopier",
            "--broker-list "
                + bootstrap
                + " --input-topic "
                + from
                + " --input-partition 0 --output-topic "
                + to
                + " --consumer-group "
                + group
                + " --transaction-size 40 --transactional-id "
                + group
                + " --enable-random-aborts --group-mode --use-group-metadata")
        .lines();
    assertEquals(numbers(0, 500), Clients.readValues(bootstrap, to));
    run(GROUPS, "--describe --group " + group).assertHas(group + " " + from + " 0 500 500 0 - - -");
  }

  /** Apache Kafka's own check of what a client may expect of a broker. */
  @Test
  void theClientCompatibilityTestPasses() {
    boolean hasAcls = TestNode.Kind.chosen() == TestNode.Kind.KAFKA;
    List<String> lines =
        run(
                "org.apache.kafka.tools.ClientCompatibilityTest",
                "--topic "
                    + Clients.unique("tools-compatibility")
                    + " --offsets-for-times-supported True --cluster-id-supported True"
                    + " --expect-record-too-large-exception False --num-cluster-nodes 1"
                    + " --create-topics-supported True --describe-acls-supported "
                    + (hasAcls ? "True" : "False")
                    + " --describe-configs-supported True --idempotent-producer-supported True")
            .lines();
    assertTrue(lines.contains("SUCCESS."), lines::toString);
  }
}
