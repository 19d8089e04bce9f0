package dev.naru.broker.sasl;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.List;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * The APIs of SASL in the table of a listener that asks for it. Until a client has shown who it is,
 * the connection answers them itself; these answer whoever comes with them later.
 */
public final class SaslHandlers {
  private static final String TOO_LATE = "The connection is authenticated already.";

  private SaslHandlers() {}

  public static List<ApiHandler> all() {
    return List.of(new Handshake(), new Authenticate());
  }

  private static final class Handshake implements ApiHandler {
    @Override
    public ApiKeys api() {
      return ApiKeys.SASL_HANDSHAKE;
    }

    /** What follows version 0 are bare tokens, without the form of requests. */
    @Override
    public short minVersion() {
      return 1;
    }

    @Override
    public void handle(Request request) {
      request.respond(
          new SaslHandshakeResponseData().setErrorCode(Errors.ILLEGAL_SASL_STATE.code()));
    }
  }

  private static final class Authenticate implements ApiHandler {
    @Override
    public ApiKeys api() {
      return ApiKeys.SASL_AUTHENTICATE;
    }

    @Override
    public void handle(Request request) {
      request.respond(
          new SaslAuthenticateResponseData()
              .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
              .setErrorMessage(TOO_LATE));
    }
  }
}
