package dev.naru.connect.host.inside;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.errors.NotFoundException;
import org.apache.kafka.connect.runtime.Herder;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.entities.ConfigKeyInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorStateInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConnectorType;

/** As much of a herder as what is around it asks for. */
final class FakeHerder {
  final Map<String, Map<String, String>> configs = new TreeMap<>();
  final Map<String, ConnectorStateInfo> statuses = new HashMap<>();
  final List<String> restarted = new ArrayList<>();
  private Plugins plugins;

  Herder herder() {
    return (Herder)
        Proxy.newProxyInstance(
            FakeHerder.class.getClassLoader(),
            new Class<?>[] {Herder.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "connectors" -> configs.keySet();
                  case "connectorInfo" -> info((String) arguments[0]);
                  case "connectorStatus" -> status((String) arguments[0]);
                  case "connectorPluginConfig" -> options();
                  case "restartTask", "restartConnector" -> {
                    restarted.add(arguments[0].toString());
                    yield null;
                  }
                  case "plugins" -> plugins();
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private ConnectorInfo info(String name) {
    if (!configs.containsKey(name)) {
      throw new NotFoundException("Connector " + name + " not found");
    }
    return new ConnectorInfo(name, configs.get(name), List.of(), ConnectorType.SINK);
  }

  private ConnectorStateInfo status(String name) {
    if (!statuses.containsKey(name)) {
      throw new NotFoundException("No status found for connector " + name);
    }
    return statuses.get(name);
  }

  /** What the plug-ins of this test have: one password whose name does not tell. */
  private static List<ConfigKeyInfo> options() {
    return List.of(
        new ConfigKeyInfo(
            "open.sesame", "PASSWORD", true, null, "HIGH", "", null, 0, "NONE", "", List.of()));
  }

  private synchronized Plugins plugins() {
    if (plugins == null) {
      plugins = new Plugins(Map.of("plugin.discovery", "service_load"));
    }
    return plugins;
  }

  void status(String name, String worker, String connector, String... tasks) {
    List<ConnectorStateInfo.TaskState> states = new ArrayList<>();
    for (String task : tasks) {
      states.add(
          new ConnectorStateInfo.TaskState(
              states.size(), task, worker, task.equals("FAILED") ? "x.Y: broken" : null, null));
    }
    statuses.put(
        name,
        new ConnectorStateInfo(
            name,
            new ConnectorStateInfo.ConnectorState(connector, worker, null, null),
            states,
            ConnectorType.SINK));
  }
}
