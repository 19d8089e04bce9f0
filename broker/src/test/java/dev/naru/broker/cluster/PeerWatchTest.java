package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.ManualTimers;
import dev.naru.broker.cluster.PeerProbe.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.Test;

/** Watching other nodes, in a world of which the test says what happens in it. */
class PeerWatchTest {
  private static final long A_WHILE_MS = 3_000;

  private final ManualTimers timers = new ManualTimers();
  private final List<Peer> present = new ArrayList<>();
  private final List<Peer> told = new ArrayList<>();
  private final List<NodeAddress> asked = new ArrayList<>();
  private boolean answering = true;
  private Finding finding = Finding.ACCEPTED;
  private int probes;
  private final PeerWatch watch =
      new PeerWatch(new Links(), new Probe(), timers, () -> List.copyOf(present), told::add);

  private final class Links implements NodeLinks {
    @Override
    public CompletionStage<AbstractResponse> send(
        NodeAddress to, AbstractRequest.Builder<?> request, int timeoutMs) {
      asked.add(to);
      return answering
          ? CompletableFuture.completedStage(new ApiVersionsResponse(new ApiVersionsResponseData()))
          : CompletableFuture.failedStage(new NetworkException("nobody is there"));
    }

    @Override
    public void close() {}
  }

  private final class Probe implements PeerProbe {
    @Override
    public CompletionStage<Finding> probe(List<NodeAddress> ports) {
      probes++;
      return CompletableFuture.completedStage(finding);
    }

    @Override
    public void close() {}
  }

  private static Peer peer(int nodeId, long incarnation) {
    NodeAddress link = new NodeAddress(nodeId, "10.0.0." + nodeId, 9093);
    return new Peer(nodeId, new Uuid(incarnation, nodeId), link, List.of(link));
  }

  private void begin(Peer... peers) {
    present.addAll(List.of(peers));
    watch.start();
  }

  private boolean isDead(Peer peer) {
    return watch.isDead(peer.nodeId(), peer.incarnation());
  }

  private void kill(Peer peer) {
    answering = false;
    finding = Finding.REFUSED;
    watch.broken(peer.link());
  }

  @Test
  void aNodeThatDiesIsToldOnceAndSoon() {
    Peer two = peer(2, 1);
    Peer three = peer(3, 1);
    begin(two, three);
    kill(two);
    timers.advance(250);
    assertEquals(List.of(two), told);
    assertTrue(isDead(two));
    assertFalse(isDead(three));
    watch.broken(two.link());
    timers.advance(A_WHILE_MS);
    assertEquals(List.of(two), told);
  }

  @Test
  void aNodeWhosePortsTakeConnectionsIsNotTold() {
    Peer two = peer(2, 1);
    begin(two);
    watch.broken(two.link());
    timers.advance(A_WHILE_MS);
    assertTrue(probes > 1, "it was looked at");
    assertEquals(List.of(), told);
  }

  @Test
  void aNodeThatComesLaterIsWatchedToo() {
    begin();
    timers.advance(A_WHILE_MS);
    Peer two = peer(2, 1);
    present.add(two);
    timers.advance(A_WHILE_MS);
    kill(two);
    timers.advance(250);
    assertEquals(List.of(two), told);
  }

  /**
   * A node that was killed soon after it came back was missed for as long as its session lasted.
   */
  @Test
  void aNodeThatDiesRightAfterItCameIsToldSoon() {
    begin();
    timers.advance(A_WHILE_MS);
    Peer two = peer(2, 1);
    present.add(two);
    watch.peersChanged();
    kill(two);
    timers.advance(250);
    assertEquals(List.of(two), told);
  }

  @Test
  void whoeverIsThereIsNotAskedAgainWhenOthersCome() {
    begin(peer(2, 1));
    present.add(peer(3, 1));
    watch.peersChanged();
    watch.peersChanged();
    assertEquals(List.of(peer(2, 1).link(), peer(3, 1).link()), asked);
  }

  @Test
  void aNodeThatAnsweredIsNotAskedAllTheTime() {
    begin(peer(2, 1));
    timers.advance(A_WHILE_MS);
    assertEquals(1, asked.size());
    timers.advance(60_000);
    assertTrue(asked.size() >= 5 && asked.size() <= 8, asked.size() + " times in a minute");
  }

  @Test
  void aNodeThatDoesNotAnswerYetIsAskedAgainSoon() {
    answering = false;
    Peer two = peer(2, 1);
    begin(two);
    timers.advance(A_WHILE_MS);
    assertTrue(asked.size() > 2, asked.size() + " times");
    answering = true;
    timers.advance(A_WHILE_MS);
    kill(two);
    timers.advance(250);
    assertEquals(List.of(two), told);
  }

  @Test
  void theNextProcessOfANodeIsLetIn() {
    Peer before = peer(2, 1);
    begin(before);
    kill(before);
    timers.advance(250);
    Peer next = peer(2, 2);
    present.set(0, next);
    answering = true;
    finding = Finding.ACCEPTED;
    timers.advance(A_WHILE_MS);
    assertFalse(isDead(next));
    assertEquals(List.of(before), told);
  }

  @Test
  void whoeverAnswersLongAfterIsAliveAfterAll() {
    Peer two = peer(2, 1);
    begin(two);
    kill(two);
    timers.advance(250);
    assertTrue(isDead(two));
    answering = true;
    timers.advance(60_000);
    assertFalse(isDead(two));
    assertEquals(List.of(two, two), told);
  }

  @Test
  void nobodyIsToldAfterTheEnd() {
    Peer two = peer(2, 1);
    begin(two);
    watch.close();
    kill(two);
    timers.advance(A_WHILE_MS);
    assertEquals(List.of(), told);
  }
}
