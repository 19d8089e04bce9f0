package dev.naru.broker.metadata;

import dev.naru.log.DurableCallback;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/** Where the metadata log keeps its records. Used from the metadata thread only. */
public interface RecordStore {
  /**
   * Hands over everything that is kept, in order.
   *
   * @return false when nothing was ever kept here
   */
  boolean load(Consumer<ApiMessage> replay);

  /** Appends records, all or none even through a crash. */
  void append(List<ApiMessageAndVersion> records, long nowMs, DurableCallback durable);

  /**
   * Starts anew with records that stand for the whole state. After a crash either all of them are
   * there, or what was kept before.
   */
  void rewrite(List<ApiMessageAndVersion> state, long nowMs, DurableCallback durable);

  /** Whether so much was appended since the last rewrite that another one pays. */
  boolean outgrown();
}
