package dev.naru.cli.demo;

import dev.naru.cli.CommonOptions;
import dev.naru.cli.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code naru demo}: the options; {@link Demo} does the work. */
@Command(
    name = "demo",
    description = {
      "Carries a web site into a database, by way of a topic:",
      "starts a node, crawls the site into the topic 'pages', and writes each page as a row.",
    },
    footer = {
      "",
      "It stays up until Ctrl-C; the next start goes on where it was.",
      "",
      "Examples:",
      "  ./naru demo",
      "  ./naru demo --url https://kafka.apache.org/ --max 300 --data ./kafka-site",
      "  ./naru demo --db jdbc:postgresql://127.0.0.1/test --db-user me --db-password secret"
    })
public final class DemoCommand extends CommonOptions implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "naru-data/demo",
      description = "Where everything is kept (default: ./${DEFAULT-VALUE}).")
  Path data;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:9092",
      description = "Where Kafka clients connect (default: ${DEFAULT-VALUE}).")
  String listen;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The site to crawl (default: the kafka-clients Javadoc, which comes along).")
  String url;

  @Option(names = "--max", paramLabel = "N", description = "Ends the crawl after N pages.")
  Long max;

  @Option(
      names = "--private-addresses",
      description = "Crawls hosts of this machine and of private networks too.")
  boolean privateAddresses;

  @Option(
      names = "--db",
      paramLabel = "JDBC_URL",
      description = "The database: H2, PostgreSQL or MariaDB (default: an H2 file in --data).")
  String database;

  @Option(names = "--db-user", paramLabel = "USER", description = "Who to log in as.")
  String user;

  @Option(
      names = "--db-password",
      paramLabel = "PASSWORD",
      defaultValue = "${env:NARU_DB_PASSWORD}",
      description = "The password; NARU_DB_PASSWORD in the environment keeps it off the screen.")
  String password;

  @Option(
      names = "--table",
      paramLabel = "TABLE",
      defaultValue = "pages",
      description = "The table for the pages (default: ${DEFAULT-VALUE}).")
  String table;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting of the node by its Kafka name; repeatable.")
  List<String> settings = new ArrayList<>();

  @Option(names = "--exit", description = "Ends when the last page is in the database.")
  boolean exit;

  @Option(names = "--reset", description = "Forgets the demo that --data holds and begins anew.")
  boolean reset;

  public DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    return new Demo(this, terminal).run();
  }
}
