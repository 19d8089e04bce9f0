package dev.naru.connect.host;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Kafka Connect's own runtime inside this process, in a class loader of its own.
 *
 * <p>The runtime comes with a kafka-clients of another version than the node's, so nothing but JDK
 * types crosses the border. Every method may be called from any thread; those that change a
 * connector wait until the runtime has taken the change, at most {@value #PATIENCE_SECONDS}
 * seconds. What the runtime refuses is thrown as {@link ConnectHostException}.
 */
public final class ConnectHost implements AutoCloseable {
  /** How long the runtime may take to answer, in seconds. */
  public static final long PATIENCE_SECONDS = 60;

  private static final String RUNTIME = "dev.naru.connect.host.inside.ConnectRuntime";

  private final URLClassLoader loader;
  private final BiFunction<String, Map<String, Object>, Map<String, Object>> runtime;

  private ConnectHost(
      URLClassLoader loader, BiFunction<String, Map<String, Object>, Map<String, Object>> runtime) {
    this.loader = loader;
    this.runtime = runtime;
  }

  /**
   * Loads the runtime without starting it; {@link #start} starts it.
   *
   * @param plugins the folder with the runtime's jars, its connectors' and the JDBC drivers'
   */
  public static ConnectHost load(Path plugins) {
    return load(jars(plugins));
  }

  /** As {@link #load(Path)}, from jars and class folders named one by one. */
  public static ConnectHost load(List<Path> classPath) {
    URL[] urls = classPath.stream().map(ConnectHost::url).toArray(URL[]::new);
    URLClassLoader loader =
        new URLClassLoader("connect", urls, ClassLoader.getPlatformClassLoader());
    try {
      @SuppressWarnings(
          "unchecked") // The class is ours; its type arguments are part of the border.
      BiFunction<String, Map<String, Object>, Map<String, Object>> runtime =
          (BiFunction<String, Map<String, Object>, Map<String, Object>>)
              loader.loadClass(RUNTIME).getDeclaredConstructor().newInstance();
      return new ConnectHost(loader, runtime);
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new ConnectHostException("Kafka Connect's runtime is not in " + classPath, e);
    }
  }

  /**
   * Starts the worker and returns once its herder thread runs.
   *
   * @param settings as {@link WorkerSettings} makes them
   * @param onFailure told, on a thread of the runtime's, why the runtime stopped by itself
   */
  public void start(Map<String, String> settings, Consumer<String> onFailure) {
    ask("start", Map.of("settings", settings, "onFailure", onFailure));
  }

  /** Creates the connector, or gives an existing one this configuration. */
  public void put(String name, Map<String, String> config) {
    ask("put", Map.of("name", name, "config", config));
  }

  /** Deletes the connector; its source offsets stay. */
  public void delete(String name) {
    ask("delete", Map.of("name", name));
  }

  public void pause(String name) {
    ask("pause", Map.of("name", name));
  }

  public void resume(String name) {
    ask("resume", Map.of("name", name));
  }

  /** Starts the connector and its tasks anew, failed or not. */
  public void restart(String name) {
    ask("restart", Map.of("name", name));
  }

  /** The names of the connectors there are. */
  public List<String> connectors() {
    return strings(ask("connectors", Map.of()).get("connectors"));
  }

  /** The connector's state as last reported; UNASSIGNED while it has not been started yet. */
  public ConnectorState state(String name) {
    Map<String, Object> answer = ask("state", Map.of("name", name));
    List<ConnectorState.Task> tasks = new ArrayList<>();
    for (Object item : (List<?>) answer.get("tasks")) {
      Map<?, ?> task = (Map<?, ?>) item;
      tasks.add(
          new ConnectorState.Task(
              (Integer) task.get("id"), (String) task.get("state"), (String) task.get("trace")));
    }
    return new ConnectorState(
        name, (String) answer.get("state"), (String) answer.get("trace"), tasks);
  }

  /**
   * Answers a request of Kafka Connect's REST API; blocks as long as Connect takes, at most 90
   * seconds.
   */
  public RestAnswer rest(RestRequest request) {
    Map<String, Object> answer =
        ask(
            "rest",
            Map.of(
                "method", request.method(),
                "uri", request.uri(),
                "headers", request.headers(),
                "body", request.body()));
    @SuppressWarnings("unchecked") // Both sides of the border are ours.
    Map<String, List<String>> headers = (Map<String, List<String>>) answer.get("headers");
    return new RestAnswer((Integer) answer.get("status"), headers, (byte[]) answer.get("body"));
  }

  /**
   * Opens a database with the drivers that the connectors use, so that an embedded database is one
   * and the same for both.
   *
   * @throws SQLException what the driver says, or that no driver knows the URL
   */
  public Connection open(String jdbcUrl, Properties credentials) throws SQLException {
    for (Driver driver : ServiceLoader.load(Driver.class, loader)) {
      if (driver.acceptsURL(jdbcUrl)) {
        Connection connection = driver.connect(jdbcUrl, credentials);
        if (connection != null) {
          return connection;
        }
      }
    }
    throw new SQLException("no JDBC driver here knows this URL");
  }

  /** Stops the connectors, their offsets kept, and the runtime. */
  @Override
  public void close() {
    ask("stop", Map.of());
    try {
      loader.close();
    } catch (IOException e) {
      throw new ConnectHostException("could not close the connectors' jars: " + e.getMessage(), e);
    }
  }

  private Map<String, Object> ask(String what, Map<String, Object> arguments) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return runtime.apply(what, arguments);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConnectHostException(e instanceof IllegalArgumentException, e.getMessage(), e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static List<String> strings(Object list) {
    return ((List<?>) list).stream().map(String.class::cast).toList();
  }

  private static List<Path> jars(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new ConnectHostException("cannot read the plug-in folder " + folder, e);
    }
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new ConnectHostException("not a usable path: " + path, e);
    }
  }
}
