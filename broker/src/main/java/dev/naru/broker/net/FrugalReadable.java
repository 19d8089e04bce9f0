package dev.naru.broker.net;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * Reads a request without keeping tagged fields that nobody here knows: a frame full of them costs
 * no memory.
 */
final class FrugalReadable extends ByteBufferAccessor {
  FrugalReadable(ByteBuffer frame) {
    super(frame);
  }

  @Override
  public List<RawTaggedField> readUnknownTaggedField(
      List<RawTaggedField> unknowns, int tag, int size) {
    if (size < 0 || size > remaining()) {
      throw new IllegalArgumentException(
          "tagged field " + tag + " claims " + size + " bytes, " + remaining() + " are left");
    }
    buffer().position(buffer().position() + size);
    return unknowns;
  }
}
