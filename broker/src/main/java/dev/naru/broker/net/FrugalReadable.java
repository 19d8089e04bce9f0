package dev.naru.broker.net;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
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

  /**
   * APIs whose requests or answers Kafka keeps in hash tables, and whose large arrays hold no text
   * but the keys.
   */
  static final Set<ApiKeys> GUARDED =
      EnumSet.of(
          ApiKeys.PRODUCE,
          ApiKeys.METADATA,
          ApiKeys.DELETE_TOPICS,
          ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
          ApiKeys.OFFSET_FOR_LEADER_EPOCH,
          ApiKeys.ADD_PARTITIONS_TO_TXN,
          ApiKeys.OFFSET_DELETE,
          ApiKeys.DESCRIBE_PRODUCERS,
          ApiKeys.CREATE_PARTITIONS,
          ApiKeys.ELECT_LEADERS,
          ApiKeys.DESCRIBE_LOG_DIRS,
          ApiKeys.ALTER_REPLICA_LOG_DIRS);

  /** Names and values of configs repeat themselves, and such requests are never large. */
  static final Set<ApiKeys> WITH_VALUES =
      EnumSet.of(
          ApiKeys.CREATE_TOPICS,
          ApiKeys.ALTER_CONFIGS,
          ApiKeys.INCREMENTAL_ALTER_CONFIGS,
          ApiKeys.JOIN_GROUP);

  private static final int ARRAY_WITH_VALUES_MAX = 2000;

  /** Topics that are not known by their id have no name, and so all the same key in the answer. */
  private static final int IDS_MAX = 10_000;

  /** So many keys do no harm, whatever they are. */
  private static final int UNGUARDED = 256;

  /** Outer arrays come first, and there are no more levels. */
  private static final int GUARDS_MAX = 4;

  private static final int HEADER_VALUES = 1000;

  private final ApiKeys api;
  private final List<CollisionGuard> guards = new ArrayList<>(0);
  private int last;
  private int ids;
  private int left;

  private FrugalReadable(ApiKeys api, ByteBuffer frame, int values) {
    super(frame);
    this.api = api;
    this.left = values;
  }

  /** For the body of a request. */
  static FrugalReadable body(ApiKeys api, ByteBuffer frame) {
    return new FrugalReadable(api, frame, VALUES);
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
    RequestHeaderData data =
        new RequestHeaderData(new FrugalReadable(api, frame, HEADER_VALUES), headerVersion);
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
    last = super.readInt();
    return last;
  }

  @Override
  public long readLong() {
    takeOne();
    return super.readLong();
  }

  @Override
  public int readUnsignedVarint() {
    takeOne();
    int value = super.readUnsignedVarint();
    last = value - 1;
    return value;
  }

  /** Kafka's readers ask for it when they have read the count of an array, and only then. */
  @Override
  public int remaining() {
    int most = Math.min(super.remaining(), left);
    if (last > UNGUARDED && last <= most) {
      beginLargeArray(last);
    }
    return most;
  }

  private void beginLargeArray(int count) {
    if (WITH_VALUES.contains(api)) {
      if (count > ARRAY_WITH_VALUES_MAX) {
        throw new InvalidRequestException(
            api + " of " + count + " elements; at most " + ARRAY_WITH_VALUES_MAX + " are allowed");
      }
    } else if (GUARDED.contains(api) && guards.size() < GUARDS_MAX) {
      guards.add(new CollisionGuard(count));
    }
  }

  @Override
  public String readString(int length) {
    String text = super.readString(length);
    if (!guards.isEmpty()) {
      // A topic's name is the first of two keys in produce requests, where the other one is empty.
      onKey(api == ApiKeys.PRODUCE ? 31 * text.hashCode() : text.hashCode());
    }
    return text;
  }

  @Override
  public Uuid readUuid() {
    Uuid id = super.readUuid();
    if (guards.isEmpty()) {
      return id;
    }
    if (api == ApiKeys.METADATA || api == ApiKeys.DELETE_TOPICS) {
      ids += id.equals(Uuid.ZERO_UUID) ? 0 : 1;
      if (ids > IDS_MAX) {
        throw new InvalidRequestException("the request has more than " + IDS_MAX + " topic ids");
      }
    } else {
      onKey(id.hashCode());
    }
    return id;
  }

  private void onKey(int hash) {
    for (int i = 0; i < guards.size(); i++) {
      guards.get(i).onKey(hash);
    }
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
