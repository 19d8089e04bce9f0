package dev.naru.proving.bench.load;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A request that is encoded once and sent many times. What differs from one sending to the next,
 * the correlation id, is in the first {@link #HEAD_BYTES}, which every connection keeps for itself;
 * the rest is shared by all connections.
 *
 * <p>The head: length, API key, version, correlation id.
 */
final class Frame {
  static final int HEAD_BYTES = 12;
  static final int CORRELATION_AT = 8;

  private static final String CLIENT_ID = "naru-bench";

  private final long start;
  private final ByteBuffer rest;

  private Frame(long start, ByteBuffer rest) {
    this.start = start;
    this.rest = rest;
  }

  static Frame of(AbstractRequest request) {
    short version = request.version();
    RequestHeaderData data =
        new RequestHeaderData()
            .setRequestApiKey(request.apiKey().id)
            .setRequestApiVersion(version)
            .setClientId(CLIENT_ID);
    RequestHeader header = new RequestHeader(data, request.apiKey().requestHeaderVersion(version));
    return of(request.serializeWithHeader(header));
  }

  /**
   * @param encoded API key, version, correlation id and whatever follows
   */
  static Frame of(ByteBuffer encoded) {
    ByteBuffer rest = ByteBuffer.allocateDirect(encoded.remaining() - Long.BYTES);
    long start =
        (long) encoded.remaining() << 32 | (encoded.getInt(encoded.position()) & 0xffffffffL);
    rest.put(encoded.duplicate().position(encoded.position() + Long.BYTES)).flip();
    return new Frame(start, rest);
  }

  /** Length, API key and version: the head without the correlation id. */
  long start() {
    return start;
  }

  /** A view of what follows the head, with a position of its own; the bytes are shared. */
  ByteBuffer rest() {
    return rest.duplicate();
  }

  /** As a whole on the wire. */
  int bytes() {
    return HEAD_BYTES + rest.capacity();
  }
}
