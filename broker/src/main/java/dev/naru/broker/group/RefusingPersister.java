package dev.naru.broker.group;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.server.share.persister.DeleteShareGroupStateParameters;
import org.apache.kafka.server.share.persister.DeleteShareGroupStateResult;
import org.apache.kafka.server.share.persister.InitializeShareGroupStateParameters;
import org.apache.kafka.server.share.persister.InitializeShareGroupStateResult;
import org.apache.kafka.server.share.persister.Persister;
import org.apache.kafka.server.share.persister.ReadShareGroupStateParameters;
import org.apache.kafka.server.share.persister.ReadShareGroupStateResult;
import org.apache.kafka.server.share.persister.ReadShareGroupStateSummaryParameters;
import org.apache.kafka.server.share.persister.ReadShareGroupStateSummaryResult;
import org.apache.kafka.server.share.persister.WriteShareGroupStateParameters;
import org.apache.kafka.server.share.persister.WriteShareGroupStateResult;

/** Keeps no share-group state: share groups are not served. */
final class RefusingPersister implements Persister {
  @Override
  public CompletableFuture<InitializeShareGroupStateResult> initializeState(
      InitializeShareGroupStateParameters request) {
    return refused();
  }

  @Override
  public CompletableFuture<ReadShareGroupStateResult> readState(
      ReadShareGroupStateParameters request) {
    return refused();
  }

  @Override
  public CompletableFuture<WriteShareGroupStateResult> writeState(
      WriteShareGroupStateParameters request) {
    return refused();
  }

  @Override
  public CompletableFuture<DeleteShareGroupStateResult> deleteState(
      DeleteShareGroupStateParameters request) {
    return refused();
  }

  @Override
  public CompletableFuture<ReadShareGroupStateSummaryResult> readSummary(
      ReadShareGroupStateSummaryParameters request) {
    return refused();
  }

  @Override
  public void stop() {}

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(
        new UnsupportedVersionException("Share groups are not supported."));
  }
}
