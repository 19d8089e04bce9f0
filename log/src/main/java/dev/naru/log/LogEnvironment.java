package dev.naru.log;

/** What a log shares with the others of its node. Any thread. */
final class LogEnvironment {
  private final GroupCommit commits;
  private volatile LogStoreConfig config;

  LogEnvironment(GroupCommit commits, LogStoreConfig config) {
    this.commits = commits;
    this.config = config;
  }

  GroupCommit commits() {
    return commits;
  }

  LogStoreConfig config() {
    return config;
  }

  void config(LogStoreConfig next) {
    config = next;
  }

  long producerExpirationMs() {
    return config.producerExpirationMs();
  }
}
