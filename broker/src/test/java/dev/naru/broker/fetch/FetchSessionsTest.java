package dev.naru.broker.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.common.errors.FetchSessionIdNotFoundException;
import org.apache.kafka.common.errors.InvalidFetchSessionEpochException;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {
  private static final short VERSION = 12;

  private static FetchRequestData request(int sessionId, int epoch, int... partitions) {
    FetchTopic topic = new FetchTopic().setTopic("t");
    for (int partition : partitions) {
      topic.partitions().add(new FetchPartition().setPartition(partition).setFetchOffset(5));
    }
    FetchRequestData data = new FetchRequestData().setSessionId(sessionId).setSessionEpoch(epoch);
    return partitions.length == 0 ? data : data.setTopics(List.of(topic));
  }

  private static List<Integer> partitions(FetchSessions.Resolved resolved) {
    return resolved.plans().stream().map(plan -> plan.partition).toList();
  }

  @Test
  void anIncrementalFetchRemembersWhatTheFullOneNamed() {
    FetchSessions sessions = new FetchSessions(10);
    int id = sessions.resolve(request(0, 0, 1, 2), VERSION, 0).sessionId();

    FetchSessions.Resolved next = sessions.resolve(request(id, 1), VERSION, 1);

    assertTrue(next.incremental());
    assertEquals(List.of(1, 2), partitions(next));
  }

  @Test
  void aForgottenPartitionIsNoLongerFetched() {
    FetchSessions sessions = new FetchSessions(10);
    int id = sessions.resolve(request(0, 0, 1, 2), VERSION, 0).sessionId();
    FetchRequestData forget =
        request(id, 1)
            .setForgottenTopicsData(
                List.of(new ForgottenTopic().setTopic("t").setPartitions(List.of(1))));

    assertEquals(List.of(2), partitions(sessions.resolve(forget, VERSION, 1)));
  }

  @Test
  void aWrongEpochOrIdIsTold() {
    FetchSessions sessions = new FetchSessions(10);
    int id = sessions.resolve(request(0, 0, 1), VERSION, 0).sessionId();

    assertThrows(
        InvalidFetchSessionEpochException.class,
        () -> sessions.resolve(request(id, 7), VERSION, 1));
    assertThrows(
        FetchSessionIdNotFoundException.class,
        () -> sessions.resolve(request(id + 1, 1), VERSION, 1));
  }

  @Test
  void withoutASlotTheClientGoesOnWithFullFetches() {
    FetchSessions sessions = new FetchSessions(1);
    sessions.resolve(request(0, 0, 1), VERSION, 0);

    assertEquals(0, sessions.resolve(request(0, 0, 1), VERSION, 1000).sessionId());
    assertTrue(sessions.resolve(request(0, 0, 1), VERSION, 200_000).sessionId() != 0);
  }

  @Test
  void onlyNewsIsAnswered() {
    FetchPlan plan =
        new FetchPlan(
            "t", org.apache.kafka.common.Uuid.ZERO_UUID, new FetchPartition().setPartition(0));
    PartitionData data =
        new PartitionData()
            .setHighWatermark(3)
            .setLogStartOffset(0)
            .setRecords(MemoryRecords.EMPTY);

    assertTrue(plan.isNews(data));
    assertFalse(plan.isNews(data));
    assertTrue(plan.isNews(data.duplicate().setHighWatermark(4)));
  }
}
