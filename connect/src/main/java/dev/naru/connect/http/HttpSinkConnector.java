package dev.naru.connect.http;

import dev.naru.connect.common.NaruSinkConnector;
import org.apache.kafka.common.config.ConfigDef;

/** Calls a URL for the records of topics. */
public final class HttpSinkConnector extends NaruSinkConnector {
  public HttpSinkConnector() {
    super(HttpSinkTask.class, HttpConfig.URL, HttpSinkConfig::new);
  }

  @Override
  public ConfigDef config() {
    return HttpSinkConfig.DEFINITION;
  }
}
