package dev.naru.broker.cluster;

import dev.naru.broker.metadata.MetadataPosition;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * Says in a controller's response how far the metadata must go to show what was done: a tagged
 * field (KIP-482), which whoever does not know it passes over.
 */
final class PositionTag {
  /** Far above what Kafka's own messages use. */
  private static final int TAG = 0x6e61;

  private static final int BYTES = Integer.BYTES + Long.BYTES;

  private PositionTag() {}

  /** Puts it into a response of a flexible version. */
  static void put(ApiMessage response, MetadataPosition position) {
    byte[] bytes =
        ByteBuffer.allocate(BYTES).putInt(position.epoch()).putLong(position.offset()).array();
    response.unknownTaggedFields().add(new RawTaggedField(TAG, bytes));
  }

  /** Takes the position out of a response, for clients may get it in older forms; or null. */
  static MetadataPosition takeFrom(ApiMessage response) {
    MetadataPosition position = null;
    for (RawTaggedField field : response.unknownTaggedFields()) {
      if (field.tag() == TAG && field.data().length == BYTES) {
        ByteBuffer bytes = ByteBuffer.wrap(field.data());
        position = new MetadataPosition(bytes.getInt(), bytes.getLong());
      }
    }
    response.unknownTaggedFields().clear();
    return position;
  }
}
