package dev.naru.broker.net;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Reads a request so that it cannot cost much more memory than its bytes: tagged fields that nobody
 * here knows are not kept, and the number of values is limited, for a value of one byte becomes an
 * object of fifty. A claim of more elements than values that may still be read is refused by
 * Kafka's own readers before they allocate anything.
 */
final class FrugalReadable extends ByteBufferAccessor {
  /** A fetch of 100,000 partitions has 900,000 values. */
  private static final long VALUES_MIN = 1_000_000;

  private static final long VALUES_MAX = 10_000_000;

  /** What the objects of one request may take of the heap, in the worst case: a fifth. */
  private static final int HEAP_BYTES_PER_VALUE = 256;

  private static final int VALUES =
      (int)
          Math.max(
              VALUES_MIN,
              Math.min(VALUES_MAX, Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_VALUE));

  private int left;

  FrugalReadable(ByteBuffer frame) {
    this(frame, VALUES);
  }

  FrugalReadable(ByteBuffer frame, int values) {
    super(frame);
    this.left = values;
  }

  /**
   * The header at the beginning of a frame; the buffer stands behind it then.
   *
   * @throws InvalidRequestException there is no such API or version
   */
  static RequestHeader header(ByteBuffer frame) {
    int start = frame.position();
    short id = frame.getShort(start);
    short version = frame.getShort(start + 2);
    if (!ApiKeys.hasId(id)) {
      throw new InvalidRequestException("there is no API with key " + id);
    }
    ApiKeys api = ApiKeys.forId(id);
    if (!api.hasValidVersion()) {
      throw new InvalidRequestException(api + " version " + version + " is not served");
    }
    short headerVersion = api.requestHeaderVersion(version);
    RequestHeaderData data = new RequestHeaderData(new FrugalReadable(frame), headerVersion);
    if (data.clientId() == null) {
      data.setClientId("");
    }
    return new RequestHeader(data, headerVersion);
  }

  private void takeOne() {
    if (--left < 0) {
      throw new InvalidRequestException("the request has too many values");
    }
  }

  @Override
  public byte readByte() {
    takeOne();
    return super.readByte();
  }

  @Override
  public short readShort() {
    takeOne();
    return super.readShort();
  }

  @Override
  public int readInt() {
    takeOne();
    return super.readInt();
  }

  @Override
  public long readLong() {
    takeOne();
    return super.readLong();
  }

  @Override
  public int readUnsignedVarint() {
    takeOne();
    return super.readUnsignedVarint();
  }

  /** Kafka's readers compare claimed counts and lengths with it. */
  @Override
  public int remaining() {
    return Math.min(super.remaining(), left);
  }

  @Override
  public List<RawTaggedField> readUnknownTaggedField(
      List<RawTaggedField> unknowns, int tag, int size) {
    if (size < 0 || size > super.remaining()) {
      throw new InvalidRequestException(
          "tagged field " + tag + " claims " + size + " bytes, " + super.remaining() + " are left");
    }
    buffer().position(buffer().position() + size);
    return unknowns;
  }
}
