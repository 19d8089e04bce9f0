package dev.naru.broker.net;

import dev.naru.log.LogSlice;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/** A log's slice as it stands in a fetch response until {@link ResponseEncoder} sends it. */
public record SliceRecords(LogSlice slice) implements BaseRecords {
  @Override
  public int sizeInBytes() {
    return slice.sizeInBytes();
  }

  /** Never called: Kafka's own network layer is not used. */
  @Override
  public RecordsSend<? extends BaseRecords> toSend() {
    throw new IllegalStateException("slices are sent by ResponseEncoder");
  }
}
