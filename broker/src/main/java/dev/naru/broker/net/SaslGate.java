package dev.naru.broker.net;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.sasl.ListenerSasl;
import java.util.function.Consumer;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/**
 * Asks a connection of a SASL listener who it is, in requests of the connection's own order
 * (KIP-152). Until that is known it has a deadline and small frames, and is answered nothing but
 * ApiVersions and SASL's own APIs. Whoever fails is told so, and the connection is closed.
 *
 * <p>On the connection's event loop.
 */
final class SaslGate {
  /** Frames before authentication: tokens, and the names that ApiVersions brings. */
  static final int FRAME_BYTES_MAX = 64 << 10;

  /** As long as a TLS handshake: three round trips, of which the client computes in one. */
  static final int SECONDS_MAX = 10;

  private final ListenerSasl sasl;
  private final Door door;

  /** Of the mechanism that was agreed on; null before that. */
  private SaslServer server;

  private boolean open;

  /** What becomes of a connection. */
  interface Door {
    void admit(KafkaPrincipal principal);

    /** Closes the connection when the answers that it was given are out. */
    void turnAway(String reason);
  }

  SaslGate(ListenerSasl sasl, Door door) {
    this.sasl = sasl;
    this.door = door;
  }

  boolean isOpen() {
    return open;
  }

  /**
   * What answers a request of a connection that is not authenticated.
   *
   * @param served the table's handler of that API
   * @return null when it must not be answered yet
   */
  ApiHandler instead(ApiHandler served) {
    return switch (served.api()) {
      case API_VERSIONS -> served;
      case SASL_HANDSHAKE -> new Answering(ApiKeys.SASL_HANDSHAKE, this::handshake);
      case SASL_AUTHENTICATE -> new Answering(ApiKeys.SASL_AUTHENTICATE, this::authenticate);
      default -> null;
    };
  }

  private record Answering(ApiKeys api, Consumer<Request> way) implements ApiHandler {
    @Override
    public void handle(Request request) {
      way.accept(request);
    }
  }

  private void handshake(Request request) {
    String mechanism = request.data(SaslHandshakeRequestData.class).mechanism();
    SaslHandshakeResponseData answer =
        new SaslHandshakeResponseData().setMechanisms(sasl.mechanisms());
    if (server != null) {
      request.respond(answer.setErrorCode(Errors.ILLEGAL_SASL_STATE.code()));
      door.turnAway("it asked for a mechanism twice");
      return;
    }
    if (!sasl.mechanisms().contains(mechanism)) {
      request.respond(answer.setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code()));
      door.turnAway("it knows no SASL mechanism of " + sasl.mechanisms());
      return;
    }
    try {
      server = sasl.newServer(mechanism);
    } catch (SaslException e) {
      throw new IllegalStateException(mechanism + " is not there", e);
    }
    request.respond(answer);
  }

  private void authenticate(Request request) {
    SaslAuthenticateRequestData data = request.data(SaslAuthenticateRequestData.class);
    if (server == null) {
      request.respond(
          new SaslAuthenticateResponseData()
              .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
              .setErrorMessage("A SaslHandshake must come first."));
      door.turnAway("it sent a SASL token before it named a mechanism");
      return;
    }
    byte[] token;
    try {
      token = answerTo(data.authBytes());
    } catch (SaslAuthenticationException e) {
      // Of Kafka's servers, these are for the client to read.
      refuse(request, e.getMessage());
      return;
    } catch (SaslException | RuntimeException e) {
      refuse(
          request,
          "Authentication failed during authentication due to invalid credentials with SASL"
              + " mechanism "
              + server.getMechanismName());
      return;
    }
    request.respond(
        new SaslAuthenticateResponseData().setAuthBytes(token == null ? new byte[0] : token));
    if (server.isComplete()) {
      open = true;
      door.admit(new KafkaPrincipal(KafkaPrincipal.USER_TYPE, server.getAuthorizationID()));
      dispose();
    }
  }

  private byte[] answerTo(byte[] token) throws SaslException {
    if (token.length > sasl.tokenBytesMax()) {
      throw new SaslException("a token of " + token.length + " bytes");
    }
    return server.evaluateResponse(token);
  }

  private void refuse(Request request, String sentence) {
    request.respond(
        new SaslAuthenticateResponseData()
            .setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code())
            .setErrorMessage(sentence));
    door.turnAway(
        "it could not authenticate with "
            + server.getMechanismName()
            + ": "
            + sasl.likelyMistake());
  }

  /** Forgets what the exchange knew; the connection is served or gone. */
  void dispose() {
    if (server != null) {
      try {
        server.dispose();
      } catch (SaslException e) {
        throw new IllegalStateException("a SASL exchange could not be forgotten", e);
      }
      server = null;
    }
  }
}
