package dev.naru.connect.s3;

import dev.naru.connect.common.NaruSinkConnector;
import org.apache.kafka.common.config.ConfigDef;

/** Stores topics as objects of JSON lines in a store that speaks S3. */
public final class S3SinkConnector extends NaruSinkConnector {
  public S3SinkConnector() {
    super(S3SinkTask.class, S3SinkConfig.BUCKET, S3SinkConfig::new);
  }

  @Override
  public ConfigDef config() {
    return S3SinkConfig.DEFINITION;
  }
}
