package dev.naru.proving.foreign;

import java.util.List;
import java.util.Map;

/** One client library, as far as it takes part in the exchange of records. */
interface Library {
  List<String> ALL_CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

  /** The codecs that the library can write and read. */
  default List<String> codecs() {
    return ALL_CODECS;
  }

  /** Whether a record can be written with the timestamp that one wants. */
  default boolean setsTimestamps() {
    return true;
  }

  /** Writes records of one or more topics, in their order; the key of the map is the codec. */
  void write(String bootstrap, Map<String, List<Line>> linesByCodec);

  /** Everything in these topics. */
  List<Line> read(String bootstrap, List<String> topics);
}
