package dev.naru.cli.spark;

import dev.naru.cli.CliException;
import dev.naru.cli.CommonOptions;
import dev.naru.cli.Home;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process that a job runs in. It ends when this one does, however that ends. */
final class SparkProcess {
  private static final String APPLICATION = "dev.naru.spark.SparkJob";
  private static final long END_S = 40;
  private static final int OUT_OF_MEMORY = 3;
  private static final int SIGNAL = 128;

  /** What Spark opens of the JDK (org.apache.spark.launcher.JavaModuleOptions). */
  private static final List<String> OPENED =
      List.of(
          "java.lang",
          "java.lang.invoke",
          "java.lang.reflect",
          "java.io",
          "java.net",
          "java.nio",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "jdk.internal.ref",
          "sun.nio.ch",
          "sun.nio.cs",
          "sun.security.action",
          "sun.util.calendar");

  private static final int JDK_THAT_WARNS_OF_UNSAFE = 23;

  private SparkProcess() {}

  /** Runs a job on this machine; returns its exit code. */
  static int run(
      String classPath,
      String master,
      String memory,
      List<String> arguments,
      CommonOptions options) {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(
        List.of(
            "-Xmx" + memory,
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED",
            "-Dio.netty.tryReflectionSetAccessible=true",
            // Most machines have no library for it, and each JVM would say so.
            "-Dnetlib.allowNativeBlas=false",
            "-Dspark.master=" + master,
            "-Dlog4j2.configurationFile=dev/naru/spark/log4j2-"
                + (options.verbose() ? "verbose" : "quiet")
                + ".properties"));
    OPENED.forEach(name -> command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    if (Runtime.version().feature() >= JDK_THAT_WARNS_OF_UNSAFE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.add(APPLICATION);
    command.addAll(arguments);
    command.add("--attached");
    ProcessBuilder builder = new ProcessBuilder(withDebug(command, options));
    builder.environment().put("CLASSPATH", Home.sparkJob() + File.pathSeparator + classPath);
    return await(start(builder.redirectOutput(Redirect.INHERIT)));
  }

  /** Looks at a job file, for which no Spark is needed; returns the exit code. */
  static int check(List<String> arguments, CommonOptions options) {
    List<String> command = new ArrayList<>(List.of(java(), "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", Home.sparkJob().toString(), APPLICATION));
    command.addAll(arguments);
    command.add("--check");
    return await(
        start(new ProcessBuilder(withDebug(command, options)).redirectOutput(Redirect.DISCARD)));
  }

  /** Gives a job to a cluster; returns the exit code of Spark's own command. */
  static int submit(String master, String memory, List<String> arguments, CommonOptions options) {
    String home = System.getenv("SPARK_HOME");
    Path submit = home == null ? null : Path.of(home, "bin", "spark-submit");
    if (submit == null || !Files.isExecutable(submit)) {
      throw CliException.mistake(
          "--master "
              + master
              + " wants SPARK_HOME, the folder of the cluster's Spark with bin/spark-submit in it"
              + (home == null ? "" : "; it is " + home));
    }
    requireApplication();
    List<String> command = new ArrayList<>();
    command.addAll(List.of(submit.toString(), "--master", master, "--driver-memory", memory));
    command.addAll(List.of("--class", APPLICATION));
    command.addAll(List.of("--packages", SparkLibraries.packages(version(Path.of(home)))));
    command.add(Home.sparkJob().toString());
    command.addAll(arguments);
    return await(
        start(new ProcessBuilder(withDebug(command, options)).redirectOutput(Redirect.INHERIT)));
  }

  /** The version of an installation, by the name of its main jar. */
  private static String version(Path home) {
    try (DirectoryStream<Path> jars =
        Files.newDirectoryStream(home.resolve("jars"), "spark-core_2.13-*.jar")) {
      for (Path jar : jars) {
        String name = jar.getFileName().toString();
        return name.substring("spark-core_2.13-".length(), name.length() - ".jar".length());
      }
    } catch (IOException e) {
      throw CliException.mistake(
          "SPARK_HOME is " + home + ", and there is no folder jars in it", e);
    }
    throw CliException.mistake(
        "SPARK_HOME is " + home + ", and its Spark is not one for Scala 2.13, such as Spark 4");
  }

  private static List<String> withDebug(List<String> command, CommonOptions options) {
    if (options.debug()) {
      command.add("--debug");
    }
    return command;
  }

  private static String java() {
    requireApplication();
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void requireApplication() {
    if (!Files.isRegularFile(Home.sparkJob())) {
      throw CliException.failure(
          "there is no " + Home.sparkJob() + "; ./naru builds it when it runs this command");
    }
  }

  private static Process start(ProcessBuilder builder) {
    try {
      // The other end of its standard input is ours: when it closes, the job ends.
      return builder.redirectInput(Redirect.PIPE).redirectError(Redirect.INHERIT).start();
    } catch (IOException e) {
      throw CliException.failure(
          "cannot start " + builder.command().get(0) + ": " + e.getMessage(), e);
    }
  }

  private static int await(Process process) {
    Thread end = new Thread(() -> end(process), "naru-end");
    Runtime.getRuntime().addShutdownHook(end);
    try {
      int exitCode = process.waitFor();
      removeHook(end);
      if (exitCode == OUT_OF_MEMORY) {
        throw CliException.failure(
            "the job ran out of memory; give it more with --memory, such as --memory 2g");
      }
      if (exitCode > SIGNAL) {
        throw CliException.failure(
            "the job's process was ended by signal "
                + (exitCode - SIGNAL)
                + "; the same command goes on where it was");
      }
      return exitCode;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failure("interrupted", e);
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process is ending too, and the hook has nothing left to do.
    }
  }

  /** The prompt comes back when the job has ended, and not before. */
  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
