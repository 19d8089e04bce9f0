package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AllocateProducerIdsRequest;
import org.apache.kafka.common.requests.AllocateProducerIdsResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests between nodes, over real sockets. */
class NetworkLinksTest {
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> hints = new LinkedBlockingQueue<>();
  private final List<AutoCloseable> started = new ArrayList<>();
  private final NodeFront node = started(new NodeFront(2, serving()));
  private final NetworkLinks links = links(NodeFront.SECRET, 30_000);

  private List<dev.naru.broker.api.ApiHandler> serving() {
    return List.of(
        NodeFront.serving(ApiKeys.HEARTBEAT, requests::add),
        NodeFront.serving(ApiKeys.ALLOCATE_PRODUCER_IDS, requests::add));
  }

  private NetworkLinks links(String secret, int timeoutMs) {
    NetworkLinks made = NetworkLinks.start(1, new NodeSecret(secret), timeoutMs);
    made.onBroken(address -> hints.add(address.nodeId()));
    return started(made);
  }

  private <T extends AutoCloseable> T started(T part) {
    started.add(0, part);
    return part;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part : started) {
      part.close();
    }
  }

  private static AbstractRequest.Builder<?> heartbeat(int generation) {
    return new HeartbeatRequest.Builder(
        new HeartbeatRequestData().setGroupId("g").setMemberId("m").setGenerationId(generation));
  }

  private static AbstractRequest.Builder<?> allocation() {
    return new AllocateProducerIdsRequest.Builder(
        new AllocateProducerIdsRequestData().setBrokerId(1).setBrokerEpoch(7));
  }

  private Request next() {
    try {
      Request request = requests.poll(20, TimeUnit.SECONDS);
      assertTrue(request != null, "no request came");
      return request;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private int nextHint() {
    try {
      Integer nodeId = hints.poll(20, TimeUnit.SECONDS);
      assertTrue(nodeId != null, "nothing was noticed");
      return nodeId;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int generation(Request request) {
    return request.data(HeartbeatRequestData.class).generationId();
  }

  @Test
  void aRequestIsAnsweredAndKnowsWhoAsks() {
    CompletionStage<AbstractResponse> answer = links.send(node.address, heartbeat(1));
    Request request = next();
    assertEquals("User:naru-node", request.context().principal.toString());
    assertEquals("NODES", request.context().listenerName.value());
    assertEquals("naru-node-1", request.context().header.clientId());
    request.respond(new HeartbeatResponseData().setErrorCode((short) 27));

    HeartbeatResponse response = NodeFront.await(answer, HeartbeatResponse.class);
    assertEquals(27, response.data().errorCode());
  }

  @Test
  void requestsArriveInTheirOrder() {
    List<CompletionStage<AbstractResponse>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(links.send(node.address, heartbeat(i)));
    }
    for (int i = 0; i < 100; i++) {
      Request request = next();
      assertEquals(i, generation(request));
      request.respond(new HeartbeatResponseData().setErrorCode((short) i));
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(i, NodeFront.await(answers.get(i), HeartbeatResponse.class).data().errorCode());
    }
  }

  @Test
  void severalAreUnderWayAtOnce() {
    links.send(node.address, heartbeat(1));
    links.send(node.address, heartbeat(2));
    next().ordered();
    assertEquals(2, generation(next()));
  }

  @Test
  void whatWaitsInOneApiHoldsUpNoOther() {
    links.send(node.address, heartbeat(1));
    next();
    CompletionStage<AbstractResponse> other = links.send(node.address, allocation());
    next().respond(new AllocateProducerIdsResponseData().setProducerIdLen(9));
    assertEquals(
        9, NodeFront.await(other, AllocateProducerIdsResponse.class).data().producerIdLen());
  }

  @Test
  void aNodeReachesItself() {
    NodeFront self = started(new NodeFront(1, serving()));
    CompletionStage<AbstractResponse> answer = links.send(self.address, heartbeat(1));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(answer, HeartbeatResponse.class);
  }

  @Test
  void anotherSecretIsRefusedAndNothingIsServed() {
    NetworkLinks stranger = links("another secret, just as long", 30_000);
    Throwable failure = NodeFront.failure(stranger.send(node.address, heartbeat(1)));
    assertInstanceOf(SaslAuthenticationException.class, failure);
    assertTrue(requests.isEmpty());
    assertTrue(hints.isEmpty(), "a node that refuses a secret lives");
  }

  @Test
  void aClosedPortFailsAtOnceAndSaysSo() throws Exception {
    int port = freePort();
    NodeAddress nobody = new NodeAddress(3, NodeFront.HOST, port);
    assertInstanceOf(NetworkException.class, NodeFront.failure(links.send(nobody, heartbeat(1))));
    assertEquals(3, nextHint());

    started(new NodeFront(3, port, NodeFront.SECRET, serving()));
    CompletionStage<AbstractResponse> answer = links.send(nobody, heartbeat(2));
    assertEquals(2, generation(next()));
    assertFalse(answer.toCompletableFuture().isDone());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void aLostConnectionFailsWhatWasUnderWay() {
    CompletionStage<AbstractResponse> first = links.send(node.address, heartbeat(1));
    CompletionStage<AbstractResponse> second = links.send(node.address, heartbeat(2));
    next().close("the test wants it");
    assertInstanceOf(NetworkException.class, NodeFront.failure(first));
    assertInstanceOf(NetworkException.class, NodeFront.failure(second));

    CompletionStage<AbstractResponse> third = links.send(node.address, heartbeat(3));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(third, HeartbeatResponse.class);
  }

  /** Nothing is under way: a node that ends is noticed all the same. */
  @Test
  void aConnectionThatIsIdleAndBreaksIsAHint() {
    CompletionStage<AbstractResponse> before = links.send(node.address, heartbeat(1));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(before, HeartbeatResponse.class);
    assertTrue(hints.isEmpty(), "all is well");
    started.remove(node);
    node.close();
    assertEquals(2, nextHint());
  }

  @Test
  void aNodeThatMovedIsReachedWhereItIs() {
    CompletionStage<AbstractResponse> before = links.send(node.address, heartbeat(1));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(before, HeartbeatResponse.class);
    NodeFront moved = started(new NodeFront(2, serving()));
    started.remove(node);
    node.close();

    CompletionStage<AbstractResponse> after = links.send(moved.address, heartbeat(2));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(after, HeartbeatResponse.class);
  }

  @Test
  void anAnswerThatDoesNotComeIsGivenUp() {
    CompletionStage<AbstractResponse> answer = links.send(node.address, heartbeat(1), 1000);
    next();
    assertInstanceOf(TimeoutException.class, NodeFront.failure(answer));

    NetworkLinks impatient = links(NodeFront.SECRET, 1000);
    assertInstanceOf(
        TimeoutException.class, NodeFront.failure(impatient.send(node.address, heartbeat(2))));
  }

  /** Its system accepts connections, and nobody says a word. */
  @Test
  void aPeerThatIsSilentIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      NodeAddress address = new NodeAddress(4, NodeFront.HOST, silent.getLocalPort());
      CompletionStage<AbstractResponse> answer = links.send(address, heartbeat(1), 1000);
      Socket accepted = silent.accept();
      started(accepted);
      assertInstanceOf(TimeoutException.class, NodeFront.failure(answer));
    }
  }

  @Test
  void tooManyThatWaitFail() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      NodeAddress address = new NodeAddress(4, NodeFront.HOST, silent.getLocalPort());
      for (int i = 0; i < 1000; i++) {
        links.send(address, heartbeat(i));
      }
      Throwable failure = NodeFront.failure(links.send(address, heartbeat(1000)));
      assertInstanceOf(TimeoutException.class, failure);
      assertTrue(failure.getMessage().contains("node 4"), failure.getMessage());
    }
  }

  @Test
  void anApiThatTheNodeDoesNotServeFailsAlone() {
    NodeFront old =
        started(new NodeFront(5, List.of(NodeFront.serving(ApiKeys.HEARTBEAT, requests::add))));
    assertInstanceOf(
        UnsupportedVersionException.class,
        NodeFront.failure(links.send(old.address, allocation())));
    CompletionStage<AbstractResponse> served = links.send(old.address, heartbeat(1));
    next().respond(new HeartbeatResponseData());
    NodeFront.await(served, HeartbeatResponse.class);
  }

  @Test
  void closingFailsWhatIsUnderWayAndWhatComesLater() {
    CompletionStage<AbstractResponse> answer = links.send(node.address, heartbeat(1));
    next();
    links.close();
    assertInstanceOf(NetworkException.class, NodeFront.failure(answer));
    assertInstanceOf(
        NetworkException.class, NodeFront.failure(links.send(node.address, heartbeat(2))));
  }
}
