package dev.naru.connect.common;

import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/** A connector's options, read, and what the tasks of all of them ask for. Immutable. */
public abstract class NaruConfig extends AbstractConfig {
  private final String name;

  /**
   * Reads options.
   *
   * @param nameless what a connector is called that was given no name
   * @throws org.apache.kafka.common.config.ConfigException when one is missing or wrong
   */
  protected NaruConfig(ConfigDef definition, Map<String, String> properties, String nameless) {
    super(definition, properties, false);
    this.name = properties.getOrDefault("name", nameless);
  }

  /** The connector's name. */
  public final String name() {
    return name;
  }

  /** The value of an option that takes one of a few words; {@code +} in one becomes {@code _}. */
  protected final <E extends Enum<E>> E choice(String option, Class<E> words) {
    return Enum.valueOf(words, getString(option).replace('+', '_').toUpperCase(Locale.ROOT));
  }
}
