package dev.naru.proving.load;

import dev.naru.proving.checker.History;
import dev.naru.proving.checker.PartitionId;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/** Asks what a group has committed, again and again. */
public final class CommitWatch extends Load {
  private static final int PAUSE_MS = 200;
  private static final int PATIENCE_MS = 10_000;

  private final String group;

  public CommitWatch(String name, String bootstrap, History history, String group) {
    super(name, bootstrap, history);
    this.group = group;
  }

  @Override
  protected void run() throws InterruptedException {
    try (Admin admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "request.timeout.ms",
                PATIENCE_MS / 2,
                "default.api.timeout.ms",
                PATIENCE_MS))) {
      while (!stopping()) {
        ask(admin);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
      }
      ask(admin);
    }
  }

  private void ask(Admin admin) throws InterruptedException {
    try {
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (partition, committed) -> {
                if (committed != null) {
                  PartitionId id = new PartitionId(partition.topic(), partition.partition());
                  history.committed(group, id, committed.offset());
                }
              });
      progressed();
    } catch (ExecutionException e) {
      // Nobody answered: that is what the cluster is put through.
      failed(e.getCause().toString());
    }
  }
}
