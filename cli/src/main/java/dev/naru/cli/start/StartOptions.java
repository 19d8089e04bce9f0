package dev.naru.cli.start;

import dev.naru.cli.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code naru start} was told; null where it was told nothing.
 *
 * @param data {@code --data}
 * @param listen {@code --listen}
 * @param http {@code --http}
 * @param config {@code --config}
 * @param settings {@code --set}, each {@code NAME=VALUE}
 * @param member {@code --cluster} and what belongs to it
 */
public record StartOptions(
    Path data,
    String listen,
    String http,
    Path config,
    List<String> settings,
    MemberOptions member) {

  /**
   * Of a node of a cluster.
   *
   * @param cluster {@code --cluster}
   * @param nodeId {@code --node-id}
   * @param join {@code --join}
   * @param secretFile {@code --secret-file}
   */
  public record MemberOptions(String cluster, Integer nodeId, String join, Path secretFile) {
    public static final MemberOptions NONE = new MemberOptions(null, null, null, null);
  }

  /**
   * Reads the options without picocli, which costs more time than a node has to start in.
   *
   * @return null when there is anything that wants an explanation: help, a mistake, an unknown
   *     option
   */
  public static StartOptions plain(List<String> arguments) {
    Path data = null;
    String listen = null;
    String http = null;
    Path config = null;
    List<String> settings = new ArrayList<>();
    String cluster = null;
    Integer nodeId = null;
    String join = null;
    Path secretFile = null;
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--verbose") || argument.equals("--debug")) {
        continue;
      }
      int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (equals < 0 && (i + 1 == arguments.size() || arguments.get(i + 1).startsWith("-"))) {
        return null;
      }
      String value = equals < 0 ? arguments.get(++i) : argument.substring(equals + 1);
      switch (name) {
        case "--data" -> data = Path.of(value);
        case "--listen" -> listen = value;
        case "--http" -> http = value;
        case "--config" -> config = Path.of(value);
        case "--set" -> settings.add(value);
        case "--cluster" -> cluster = value;
        case "--join" -> join = value;
        case "--secret-file" -> secretFile = Path.of(value);
        case "--node-id" -> {
          try {
            nodeId = Integer.valueOf(value);
          } catch (NumberFormatException e) {
            return null;
          }
        }
        default -> {
          return null;
        }
      }
    }
    MemberOptions member = new MemberOptions(cluster, nodeId, join, secretFile);
    return new StartOptions(data, listen, http, config, settings, member);
  }

  /** Runs a node until the process is told to stop. */
  public int start(Terminal terminal) {
    return NodeProcess.run(NodeSettings.of(this), terminal);
  }
}
