package dev.naru.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.naru.cli.FakeTerminal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;

class ClusterViewTest {
  private static final Node ONE = new Node(1, "a", 9092);
  private static final Node TWO = new Node(2, "b", 9092, "r2");
  private static final Node THREE = new Node(3, "c", 9092, null, true);
  private static final Node FOUR = new Node(4, "d", 9092);
  private static final Node FIVE = new Node(5, "e", 9092);

  private final ClusterView view =
      ClusterView.of(
          "id-of-it",
          1,
          List.of(FIVE, THREE, ONE, TWO, FOUR),
          Map.of(1, false, 2, true, 4, true),
          List.of(
              new TopicDescription(
                  "events",
                  false,
                  List.of(
                      partition(0, ONE, List.of(ONE, TWO), ONE, TWO),
                      partition(1, TWO, List.of(TWO), TWO, THREE),
                      partition(2, null, List.of(THREE), THREE)))));

  @Test
  void showsWhatEachNodeDoes() {
    FakeTerminal terminal = new FakeTerminal("");
    view.print(terminal.terminal().out());
    assertEquals(
        """
        cluster id-of-it  controller 1
        NODE  ADDRESS  RACK  STATE    OWNS
           1  a:9092   -     in          1
           2  b:9092   r2    leaving     1
           3  c:9092   -     gone        0
           4  d:9092   -     drained     0
           5  e:9092   -     silent      0
        partitions 3  without owner 1 (events-2)  under-replicated 1 (events-1)
        """,
        terminal.out());
  }

  @Test
  void theSameAsJson() {
    assertEquals(
        "{'cluster_id':'id-of-it','controller':1,'nodes':["
            + "{'id':1,'host':'a','port':9092,'rack':null,'state':'in','owns':1},"
            + "{'id':2,'host':'b','port':9092,'rack':'r2','state':'leaving','owns':1},"
            + "{'id':3,'host':'c','port':9092,'rack':null,'state':'gone','owns':0},"
            + "{'id':4,'host':'d','port':9092,'rack':null,'state':'drained','owns':0},"
            + "{'id':5,'host':'e','port':9092,'rack':null,'state':'silent','owns':0}],"
            + "'partitions':3,'without_owner':['events-2'],'under_replicated':['events-1']}",
        view.json().replace('"', '\''));
  }

  private static TopicPartitionInfo partition(
      int index, Node leader, List<Node> inSync, Node... replicas) {
    return new TopicPartitionInfo(index, leader, Arrays.asList(replicas), inSync);
  }
}
