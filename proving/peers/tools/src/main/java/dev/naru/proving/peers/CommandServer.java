package dev.naru.proving.peers;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main methods of Apache Kafka's command line tools one after the other in one JVM, since
 * the start of a JVM takes longer than most of them.
 *
 * <p>Standard input and output carry frames: a count of strings, then the class and its arguments;
 * back come the exit code, the standard output and the standard error. Ends with its input.
 *
 * <p>Not for the tools that leave the last part of their work to the end of the JVM: the console
 * producer, the verifiable producer and consumer.
 */
public final class CommandServer {
  private static final String TOOLS_PACKAGE = "org.apache.kafka.tools.";

  /** What the exit procedure throws, so that a tool ends and the JVM does not. */
  private static final class Exited extends Error {
    private static final long serialVersionUID = 1;
  }

  /** One run of one tool. Tools may exit twice, when they catch what the first exit threw. */
  private static final class Run {
    private final List<Runnable> shutdownHooks = new ArrayList<>();
    private Integer exitCode;

    private void exit(int code) {
      if (exitCode == null) {
        exitCode = code;
      }
      throw new Exited();
    }

    private int call(String type, String[] arguments) throws IOException {
      Exit.setExitProcedure((code, message) -> exit(code));
      Exit.setHaltProcedure((code, message) -> exit(code));
      Exit.setShutdownHookAdder((name, hook) -> shutdownHooks.add(hook));
      try (ToolsLoader loader = new ToolsLoader()) {
        Class.forName(type, true, loader)
            .getMethod("main", String[].class)
            .invoke(null, (Object) arguments);
        shutdownHooks.forEach(Runnable::run);
      } catch (InvocationTargetException e) {
        if (!(e.getCause() instanceof Exited)) {
          e.getCause().printStackTrace();
          return 1;
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException(type + " cannot be run", e);
      }
      return exitCode == null ? 0 : exitCode;
    }
  }

  /** Loads the tools anew for every run: they keep counts in static fields. */
  private static final class ToolsLoader extends URLClassLoader {
    private ToolsLoader() {
      super(classPath(), CommandServer.class.getClassLoader());
    }

    private static URL[] classPath() {
      return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
          .filter(entry -> Path.of(entry).getFileName().toString().startsWith("kafka-tools-"))
          .map(ToolsLoader::url)
          .toArray(URL[]::new);
    }

    private static URL url(String entry) {
      try {
        return Path.of(entry).toUri().toURL();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(TOOLS_PACKAGE) || name.startsWith(TOOLS_PACKAGE + "api.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }
  }

  private CommandServer() {}

  public static void main(String[] args) throws IOException {
    DataInputStream in = new DataInputStream(System.in);
    DataOutputStream out = new DataOutputStream(System.out);
    while (true) {
      List<String> command;
      try {
        command = read(in);
      } catch (EOFException end) {
        return;
      }
      serve(command, out);
    }
  }

  private static List<String> read(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<String> strings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      strings.add(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
    }
    return strings;
  }

  private static void serve(List<String> command, DataOutputStream answer) throws IOException {
    String type = command.get(0);
    String[] arguments = command.subList(1, command.size()).toArray(String[]::new);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream realErr = System.err;
    int code;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      code = new Run().call(type, arguments);
    } finally {
      System.setErr(realErr);
    }
    answer.writeInt(code);
    write(answer, out);
    write(answer, err);
    answer.flush();
  }

  private static void write(DataOutputStream answer, ByteArrayOutputStream bytes)
      throws IOException {
    answer.writeInt(bytes.size());
    bytes.writeTo(answer);
  }
}
