package dev.naru.spark.view;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobSpec;
import dev.naru.spark.job.Nearest;
import dev.naru.spark.job.SourceSpec;
import dev.naru.spark.job.SourceSpec.Format;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

/**
 * Reads topics, as streams or as what they hold. A view has the value's fields and, beside them,
 * {@code _key}, {@code _topic}, {@code _partition}, {@code _offset} and {@code _timestamp}. Records
 * without a value (tombstones) are not in it, and neither are malformed ones.
 */
final class TopicReader {
  private static final String VALUE = "_value";
  private static final String MALFORMED = "_malformed";
  private static final List<String> OWN =
      List.of("_key", "_topic", "_partition", "_offset", "_timestamp", MALFORMED, VALUE);

  private final SparkSession session;
  private final JobSpec job;
  private final boolean streaming;

  TopicReader(SparkSession session, JobSpec job, boolean streaming) {
    this.session = session;
    this.job = job;
    this.streaming = streaming;
  }

  /** The records that are what the source's schema says. */
  Dataset<Row> rows(SourceSpec source, Counts counts) {
    Dataset<Row> parsed = parsed(source, false);
    Column isMalformed = isMalformed(source);
    Dataset<Row> kept =
        counts == null
            ? parsed.filter(functions.not(isMalformed))
            : parsed.filter(keeping(counts.records(), counts.malformed()).apply(isMalformed));
    List<Column> columns = new ArrayList<>();
    if (source.format() == Format.TEXT) {
      columns.add(col(VALUE).as("value"));
    } else {
      for (String field : schema(source).fieldNames()) {
        columns.add(col(VALUE).getField(field).as(field));
      }
    }
    OWN.subList(0, 5).forEach(own -> columns.add(col(own)));
    Dataset<Row> rows = kept.select(columns.toArray(Column[]::new));
    return source.watermark().isEmpty() ? rows : watermarked(rows, source);
  }

  /**
   * The records that are not, as {@code key}, {@code value} and {@code headers} of records for
   * somebody to look at.
   */
  Dataset<Row> malformed(SourceSpec source, Counts counts) {
    Column headers =
        functions.concat(
            coalesce(
                col("headers"),
                functions.expr("cast(array() as array<struct<key:string,value:binary>>)")),
            functions.array(
                header("naru.spark.job", lit(job.name())),
                header(
                    "naru.spark.error",
                    lit(
                        "not "
                            + source.format().name().toLowerCase(Locale.ROOT)
                            + " of the schema of "
                            + source.view())),
                header("naru.spark.topic", col("_topic")),
                header("naru.spark.partition", col("_partition")),
                header("naru.spark.offset", col("_offset"))));
    return parsed(source, true)
        .filter(
            keeping(counts.records(), counts.malformed()).apply(isMalformed(source)).equalTo(false))
        .select(col("key"), col("value"), headers.as("headers"));
  }

  private static Column header(String name, Column value) {
    return functions.struct(lit(name).as("key"), value.cast("string").cast("binary").as("value"));
  }

  /** Counts, and says whether the record is kept. Spark must neither repeat nor move it. */
  private static UserDefinedFunction keeping(LongAccumulator records, LongAccumulator malformed) {
    UDF1<Boolean, Boolean> keep =
        isMalformed -> {
          records.add(1);
          if (isMalformed) {
            malformed.add(1);
          }
          return !isMalformed;
        };
    return functions.udf(keep, DataTypes.BooleanType).asNondeterministic();
  }

  private Column isMalformed(SourceSpec source) {
    return source.format() == Format.TEXT
        ? lit(false)
        : col(VALUE).isNull().or(col(VALUE).getField(MALFORMED).isNotNull());
  }

  private Dataset<Row> parsed(SourceSpec source, boolean whole) {
    List<Column> columns = new ArrayList<>();
    columns.add(value(source).as(VALUE));
    columns.add(col("key").cast("string").as("_key"));
    columns.add(col("topic").as("_topic"));
    columns.add(col("partition").as("_partition"));
    columns.add(col("offset").as("_offset"));
    columns.add(col("timestamp").as("_timestamp"));
    if (whole) {
      columns.addAll(List.of(col("key"), col("value"), col("headers")));
    }
    return records(source, whole)
        .filter(col("value").isNotNull())
        .select(columns.toArray(Column[]::new));
  }

  private Column value(SourceSpec source) {
    Column text = col("value").cast("string");
    if (source.format() == Format.TEXT) {
      return text;
    }
    StructType schema = schema(source).add(MALFORMED, DataTypes.StringType);
    Map<String, String> options = new HashMap<>(source.options());
    options.put("mode", "PERMISSIVE");
    options.put("columnNameOfCorruptRecord", MALFORMED);
    return source.format() == Format.JSON
        ? functions.from_json(text, schema, options)
        : functions.from_csv(text, lit(schema.toDDL()), options);
  }

  private static StructType schema(SourceSpec source) {
    StructType schema =
        Views.checked(source.place() + ".schema", () -> StructType.fromDDL(source.schema()));
    for (String field : schema.fieldNames()) {
      if (OWN.contains(field.toLowerCase(Locale.ROOT))) {
        throw JobException.mistake(
            source.place()
                + ".schema has a field "
                + field
                + ", which is what a view has of the record itself");
      }
    }
    return schema;
  }

  private Dataset<Row> watermarked(Dataset<Row> rows, SourceSpec source) {
    String column = source.watermark().orElseThrow().column();
    List<String> columns = List.of(rows.columns());
    String place = source.place() + ".watermark.column";
    if (!columns.contains(column)) {
      throw JobException.mistake(
          place
              + " names "
              + column
              + ", and the view has no such column"
              + Nearest.hint(column, columns));
    }
    if (!rows.schema().apply(column).dataType().equals(DataTypes.TimestampType)) {
      throw JobException.mistake(
          place
              + " wants a TIMESTAMP, and "
              + column
              + " is "
              + rows.schema().apply(column).dataType().sql());
    }
    long delayMs = source.watermark().orElseThrow().delay().toMillis();
    return streaming ? rows.withWatermark(column, delayMs + " milliseconds") : rows;
  }

  private Dataset<Row> records(SourceSpec source, boolean headers) {
    Map<String, String> options = new HashMap<>();
    job.kafka().forEach((name, value) -> options.put("kafka." + name, value));
    options.put("kafka.bootstrap.servers", job.bootstrap());
    options.putIfAbsent("kafka.isolation.level", "read_committed");
    source
        .pattern()
        .ifPresentOrElse(
            pattern -> options.put("subscribePattern", pattern),
            () -> options.put("subscribe", String.join(",", source.topics())));
    options.put("failOnDataLoss", Boolean.toString(source.failOnDataLoss()));
    options.put("includeHeaders", Boolean.toString(headers));
    if (source.start().timestampMs() >= 0) {
      options.put("startingTimestamp", Long.toString(source.start().timestampMs()));
      options.put("startingOffsetsByTimestampStrategy", "latest");
    } else {
      // What a topic holds is read from its beginning, even where a stream begins at its end.
      options.put("startingOffsets", streaming ? source.start().offsets() : "earliest");
    }
    if (streaming && source.batchRecords() > 0) {
      options.put("maxOffsetsPerTrigger", Long.toString(source.batchRecords()));
    }
    return streaming
        ? session.readStream().format("kafka").options(options).load()
        : session.read().format("kafka").options(options).load();
  }
}
