package dev.naru.spark.run;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.JobSpec;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Makes the process's Spark session, as small as a job on one machine needs it. */
final class Sessions {
  private Sessions() {}

  static SparkSession open(JobSpec job) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", job.name());
    // Times as values of java.time, and without the zone of the machine.
    conf.set("spark.sql.datetime.java8API.enabled", "true");
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    conf.setIfMissing("spark.scheduler.mode", "FAIR");
    if (conf.get("spark.master").startsWith("local")) {
      local(conf);
    }
    if (!job.jars().isEmpty()) {
      conf.set("spark.jars", String.join(",", job.jars()));
      Thread.currentThread().setContextClassLoader(withJars(job.jars()));
    }
    job.spark().forEach(conf::set);
    return SparkSession.builder().config(conf).getOrCreate();
  }

  private static void local(SparkConf conf) {
    int cores = Runtime.getRuntime().availableProcessors();
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.driver.host", "127.0.0.1");
    conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    conf.setIfMissing(
        "spark.sql.shuffle.partitions", Integer.toString(Math.max(2, Math.min(cores, 16))));
    conf.setIfMissing("spark.sql.streaming.minBatchesToRetain", "10");
  }

  private static ClassLoader withJars(List<String> jars) {
    List<URL> urls = new ArrayList<>();
    for (String jar : jars) {
      try {
        boolean isUri = jar.matches("[a-z][a-z0-9+.-]+:.*");
        if (!isUri && !new File(jar).isFile()) {
          throw JobException.mistake("jars: there is no file " + jar);
        }
        urls.add((isUri ? URI.create(jar) : new File(jar).toURI()).toURL());
      } catch (MalformedURLException | IllegalArgumentException e) {
        // A file system that only Spark knows; it gives the jar to the executors.
      }
    }
    return new URLClassLoader(
        urls.toArray(URL[]::new), Thread.currentThread().getContextClassLoader());
  }
}
