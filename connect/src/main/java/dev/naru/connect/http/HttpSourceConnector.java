package dev.naru.connect.http;

import dev.naru.connect.common.NaruSourceConnector;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.source.ExactlyOnceSupport;

/** Asks an HTTP API again and again and writes what is new to a topic. One task. */
public final class HttpSourceConnector extends NaruSourceConnector<HttpSourceConfig> {
  public HttpSourceConnector() {
    super(HttpSourceTask.class, HttpConfig.URL, HttpSourceConfig::new);
  }

  /** A page that was being delivered is asked for again, and may be another one by then. */
  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> props) {
    return ExactlyOnceSupport.UNSUPPORTED;
  }

  @Override
  public boolean alterOffsets(
      Map<String, String> props, Map<Map<String, ?>, Map<String, ?>> offsets) {
    return true;
  }

  @Override
  public ConfigDef config() {
    return HttpSourceConfig.DEFINITION;
  }
}
