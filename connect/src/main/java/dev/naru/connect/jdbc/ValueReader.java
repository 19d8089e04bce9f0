package dev.naru.connect.jdbc;

import dev.naru.connect.jdbc.JdbcSourceConfig.Decimals;
import dev.naru.connect.jdbc.SourceColumn.Kind;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/** What a column's values become in a record, as the options want them. Stateless. */
final class ValueReader {
  private final Decimals decimals;
  private final boolean iso;
  private final ZoneId zone;

  ValueReader(JdbcSourceConfig config) {
    this.decimals = config.decimals();
    this.iso = config.isIso();
    this.zone = config.zone();
  }

  Schema schema(SourceColumn column) {
    SchemaBuilder builder =
        switch (column.kind()) {
          case BOOLEAN -> SchemaBuilder.bool();
          case INT8 -> SchemaBuilder.int8();
          case INT16 -> SchemaBuilder.int16();
          case INT32 -> SchemaBuilder.int32();
          case INT64 -> SchemaBuilder.int64();
          case FLOAT32 -> SchemaBuilder.float32();
          case FLOAT64 -> SchemaBuilder.float64();
          case DECIMAL, NUMBER -> number(column);
          case TEXT -> SchemaBuilder.string();
          case BYTES -> SchemaBuilder.bytes();
          case DATE -> iso ? SchemaBuilder.string() : Date.builder();
          case TIME -> iso ? SchemaBuilder.string() : Time.builder();
          case LOCAL_TIMESTAMP, UTC_TIMESTAMP, INSTANT ->
              iso ? SchemaBuilder.string() : Timestamp.builder();
        };
    return column.optional() ? builder.optional().build() : builder.build();
  }

  private SchemaBuilder number(SourceColumn column) {
    if (decimals == Decimals.DOUBLE) {
      return SchemaBuilder.float64();
    }
    boolean text = decimals == Decimals.STRING || column.kind() == Kind.NUMBER;
    return text ? SchemaBuilder.string() : Decimal.builder(column.scale());
  }

  /** The value of the current row, or null. */
  Object value(ResultSet row, int index, SourceColumn column) throws SQLException {
    Object value =
        switch (column.kind()) {
          case BOOLEAN -> row.getBoolean(index);
          case INT8 -> row.getByte(index);
          case INT16 -> row.getShort(index);
          case INT32 -> row.getInt(index);
          case INT64 -> row.getLong(index);
          case FLOAT32 -> row.getFloat(index);
          case FLOAT64 -> row.getDouble(index);
          case DECIMAL, NUMBER -> numberValue(row, index, column);
          case TEXT -> row.getString(index);
          case BYTES -> row.getBytes(index);
          case DATE -> date(row.getObject(index, LocalDate.class));
          case TIME -> time(row.getObject(index, LocalTime.class));
          case LOCAL_TIMESTAMP, UTC_TIMESTAMP, INSTANT -> timestamp(row, index, column.kind());
        };
    return row.wasNull() ? null : value;
  }

  private Object numberValue(ResultSet row, int index, SourceColumn column) throws SQLException {
    if (decimals == Decimals.DOUBLE) {
      return row.getDouble(index);
    }
    if (column.kind() == Kind.NUMBER) {
      return row.getString(index);
    }
    BigDecimal number = row.getBigDecimal(index);
    if (number == null) {
      return null;
    }
    return decimals == Decimals.STRING
        ? number.toPlainString()
        : number.setScale(column.scale(), RoundingMode.UNNECESSARY);
  }

  private Object date(LocalDate date) {
    if (date == null) {
      return null;
    }
    return iso ? date.toString() : util(date.atStartOfDay().toInstant(ZoneOffset.UTC));
  }

  private Object time(LocalTime time) {
    if (time == null) {
      return null;
    }
    return iso ? time.toString() : util(time.atDate(LocalDate.EPOCH).toInstant(ZoneOffset.UTC));
  }

  private Object timestamp(ResultSet row, int index, Kind kind) throws SQLException {
    if (kind == Kind.INSTANT) {
      OffsetDateTime at = row.getObject(index, OffsetDateTime.class);
      return at == null ? null : point(at.toInstant());
    }
    LocalDateTime at = row.getObject(index, LocalDateTime.class);
    if (at == null) {
      return null;
    }
    ZoneId meant = kind == Kind.UTC_TIMESTAMP ? ZoneOffset.UTC : zone;
    return point(at.atZone(meant).toInstant());
  }

  private Object point(Instant instant) {
    return iso ? instant.toString() : util(instant);
  }

  private static java.util.Date util(Instant instant) {
    return java.util.Date.from(instant);
  }
}
