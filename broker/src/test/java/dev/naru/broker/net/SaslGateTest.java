package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.ApiVersionsHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.cluster.NodeSecret;
import dev.naru.broker.sasl.SaslHandlers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.sasl.SaslClient;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.scram.ScramExtensionsCallback;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;
import org.apache.kafka.common.security.scram.internals.ScramSaslClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a connection of a listener that asks gets to see before and after it says who it is. */
class SaslGateTest {
  private static final String SECRET = "sixteen characters or more";
  private static final int MAX_FRAME_BYTES = 1 << 20;

  private final List<Request> requests = new ArrayList<>();
  private final ConnectionSweep sweep = new ConnectionSweep(600_000);
  private final InFlightBudget budget = new InFlightBudget(1 << 24);
  private final EmbeddedChannel channel = connect();
  private int correlationId;

  private EmbeddedChannel connect() {
    ApiTable[] table = new ApiTable[1];
    ApiVersionsHandler versions = new ApiVersionsHandler(() -> table[0], (short) 25);
    List<ApiHandler> handlers = new ArrayList<>(SaslHandlers.all());
    handlers.add(versions);
    handlers.add(
        new ApiHandler() {
          @Override
          public ApiKeys api() {
            return ApiKeys.HEARTBEAT;
          }

          @Override
          public void handle(Request request) {
            requests.add(request);
            request.respond(new HeartbeatResponseData());
          }
        });
    table[0] = new ApiTable(handlers);
    FrameGate gate = new FrameGate(MAX_FRAME_BYTES);
    return new EmbeddedChannel(
        gate,
        new ConnectionSession(
            table[0],
            versions,
            budget,
            new LoopParts(new AnswerQueue(Runnable::run), sweep),
            gate,
            new Origin(
                new ListenerName("NODES"),
                SecurityProtocol.SASL_PLAINTEXT,
                KafkaPrincipal.ANONYMOUS),
            new NodeSecret(SECRET))) {
      @Override
      protected SocketAddress remoteAddress0() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711);
      }
    };
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertEquals(0, budget.usedBytes());
  }

  private void send(AbstractRequest request) {
    ByteBuffer body =
        request.serializeWithHeader(
            new RequestHeader(request.apiKey(), request.version(), "client", ++correlationId));
    channel.writeInbound(Unpooled.buffer().writeInt(body.remaining()).writeBytes(body));
  }

  /** The answer, or null when there is none. */
  private <T extends AbstractResponse> T ask(AbstractRequest request, Class<T> type) {
    send(request);
    ByteBuf out = channel.readOutbound();
    if (out == null || !out.isReadable()) {
      return null;
    }
    byte[] bytes = new byte[out.readableBytes() - 4];
    out.skipBytes(4).readBytes(bytes).release();
    RequestHeader header =
        new RequestHeader(request.apiKey(), request.version(), "client", correlationId);
    return type.cast(AbstractResponse.parseResponse(ByteBuffer.wrap(bytes), header));
  }

  private Errors handshake(String mechanism) {
    SaslHandshakeResponse answer =
        ask(
            new SaslHandshakeRequest.Builder(new SaslHandshakeRequestData().setMechanism(mechanism))
                .build((short) 1),
            SaslHandshakeResponse.class);
    assertEquals(List.of("SCRAM-SHA-256"), answer.enabledMechanisms());
    return answer.error();
  }

  private SaslAuthenticateResponse authenticate(byte[] token) {
    return ask(
        new SaslAuthenticateRequest.Builder(new SaslAuthenticateRequestData().setAuthBytes(token))
            .build(),
        SaslAuthenticateResponse.class);
  }

  private HeartbeatResponse heartbeat(String group) {
    return ask(
        new HeartbeatRequest.Builder(
                new HeartbeatRequestData().setGroupId(group).setMemberId("m").setGenerationId(1))
            .build(),
        HeartbeatResponse.class);
  }

  private static SaslClient client(String user, String password) throws Exception {
    return new ScramSaslClient(
        ScramMechanism.SCRAM_SHA_256,
        callbacks -> {
          for (Callback callback : callbacks) {
            if (callback instanceof NameCallback name) {
              name.setName(user);
            } else if (callback instanceof PasswordCallback asked) {
              asked.setPassword(password.toCharArray());
            } else if (callback instanceof ScramExtensionsCallback extensions) {
              extensions.extensions(Map.of());
            }
          }
        });
  }

  private void logIn() throws Exception {
    SaslClient client = client("naru-node", SECRET);
    assertEquals(Errors.NONE, handshake("SCRAM-SHA-256"));
    byte[] first = authenticate(client.evaluateChallenge(new byte[0])).saslAuthBytes();
    byte[] last = authenticate(client.evaluateChallenge(first)).saslAuthBytes();
    // The client checks that the server knows the secret, too.
    client.evaluateChallenge(last);
    assertTrue(client.isComplete());
  }

  private Errors refusal(SaslClient client) throws Exception {
    handshake("SCRAM-SHA-256");
    SaslAuthenticateResponse first = authenticate(client.evaluateChallenge(new byte[0]));
    if (first.error() != Errors.NONE) {
      return first.error();
    }
    return authenticate(client.evaluateChallenge(first.saslAuthBytes())).error();
  }

  @Test
  void whoKnowsTheSecretIsServed() throws Exception {
    logIn();
    assertEquals(Errors.NONE, heartbeat("g").error());
    assertEquals(new KafkaPrincipal("User", "naru-node"), requests.get(0).context().principal);
  }

  @Test
  void anotherSecretIsToldSoAndLosesTheConnection() throws Exception {
    assertEquals(
        Errors.SASL_AUTHENTICATION_FAILED, refusal(client("naru-node", "guessed, and wrong")));
    assertFalse(channel.isOpen());
  }

  @Test
  void anotherUserIsRefused() throws Exception {
    assertEquals(Errors.SASL_AUTHENTICATION_FAILED, refusal(client("admin", SECRET)));
    assertFalse(channel.isOpen());
  }

  @Test
  void nothingIsServedBeforeAuthentication() {
    assertNull(heartbeat("g"));
    assertFalse(channel.isOpen());
    assertTrue(requests.isEmpty());
  }

  @Test
  void nothingIsServedInTheMiddleOfAuthentication() throws Exception {
    handshake("SCRAM-SHA-256");
    authenticate(client("naru-node", SECRET).evaluateChallenge(new byte[0]));
    assertNull(heartbeat("g"));
    assertFalse(channel.isOpen());
    assertTrue(requests.isEmpty());
  }

  @Test
  void versionsAreToldToEverybody() {
    ApiVersionsResponse answer =
        ask(
            new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0),
            ApiVersionsResponse.class);
    assertEquals(1, answer.apiVersion(ApiKeys.SASL_HANDSHAKE.id).minVersion());
    assertEquals(2, answer.apiVersion(ApiKeys.SASL_AUTHENTICATE.id).maxVersion());
    assertTrue(channel.isOpen());
  }

  @Test
  void otherMechanismsAreRefused() {
    assertEquals(Errors.UNSUPPORTED_SASL_MECHANISM, handshake("PLAIN"));
    assertFalse(channel.isOpen());
  }

  @Test
  void aTokenBeforeTheMechanismIsRefused() {
    assertEquals(Errors.ILLEGAL_SASL_STATE, authenticate(new byte[] {1}).error());
    assertFalse(channel.isOpen());
  }

  @Test
  void aSecondHandshakeIsRefused() {
    handshake("SCRAM-SHA-256");
    assertEquals(Errors.ILLEGAL_SASL_STATE, handshake("SCRAM-SHA-256"));
    assertFalse(channel.isOpen());
  }

  @Test
  void tokensAreNoProgram() {
    handshake("SCRAM-SHA-256");
    byte[] long16 = ("n,,n=" + "a".repeat(30_000) + ",r=1").getBytes(StandardCharsets.UTF_8);
    assertEquals(Errors.SASL_AUTHENTICATION_FAILED, authenticate(long16).error());
    assertFalse(channel.isOpen());
  }

  @Test
  void theLongestTokenIsRead() {
    handshake("SCRAM-SHA-256");
    byte[] longest = ("n,,n=" + "a".repeat(1000) + ",r=1").getBytes(StandardCharsets.UTF_8);
    assertEquals(Errors.SASL_AUTHENTICATION_FAILED, authenticate(longest).error());
  }

  @Test
  void noTokenAtAllIsRefused() {
    handshake("SCRAM-SHA-256");
    assertEquals(Errors.SASL_AUTHENTICATION_FAILED, authenticate(new byte[0]).error());
    assertFalse(channel.isOpen());
  }

  @Test
  void framesAreSmallBeforeAuthentication() {
    channel.writeInbound(Unpooled.buffer().writeInt(SaslGate.FRAME_BYTES_MAX + 1));
    assertFalse(channel.isOpen());
  }

  @Test
  void framesAreAsLargeAsAnyAfterwards() throws Exception {
    logIn();
    assertEquals(Errors.NONE, heartbeat("g".repeat(30_000)).error());
    channel.writeInbound(Unpooled.buffer().writeInt(SaslGate.FRAME_BYTES_MAX + 1));
    assertTrue(channel.isOpen());
  }

  /** However often it sends something. */
  @Test
  void authenticationHasADeadline() {
    ByteBuf frame = Unpooled.buffer().writeInt(SaslGate.FRAME_BYTES_MAX).writeZero(60_000);
    for (int second = 0; second < SaslGate.SECONDS_MAX; second++) {
      assertTrue(channel.isOpen(), "closed in second " + second);
      channel.writeInbound(frame.readRetainedSlice(5000));
      sweep.run();
    }
    frame.release();
    assertFalse(channel.isOpen());
  }

  @Test
  void whoIsKnownHasNoDeadline() throws Exception {
    logIn();
    for (int second = 0; second < 2 * SaslGate.SECONDS_MAX; second++) {
      sweep.run();
    }
    assertTrue(channel.isOpen());
  }

  @Test
  void aSecondLoginIsToldThatItIsTooLate() throws Exception {
    logIn();
    SaslHandshakeResponse again =
        ask(
            new SaslHandshakeRequest.Builder(
                    new SaslHandshakeRequestData().setMechanism("SCRAM-SHA-256"))
                .build((short) 1),
            SaslHandshakeResponse.class);
    assertEquals(Errors.ILLEGAL_SASL_STATE, again.error());
    assertEquals(Errors.ILLEGAL_SASL_STATE, authenticate(new byte[] {1}).error());
    assertEquals(Set.of(), Set.copyOf(requests));
    assertEquals(Errors.NONE, heartbeat("g").error());
  }
}
