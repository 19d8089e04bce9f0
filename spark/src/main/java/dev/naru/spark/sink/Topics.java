package dev.naru.spark.sink;

import dev.naru.spark.job.JobException;
import dev.naru.spark.job.Nearest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Looks whether topics are there, and makes those that have to be. */
public final class Topics implements AutoCloseable {
  private final Admin admin;
  private final String bootstrap;

  public Topics(KafkaSettings settings) {
    this.bootstrap = settings.bootstrap();
    try {
      this.admin = Admin.create(settings.admin());
    } catch (KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw JobException.mistake(
          "the settings for Kafka's clients do not fit: " + cause.getMessage(), e);
    }
  }

  /**
   * Refuses a topic that is not there.
   *
   * @param place where the job file names it
   */
  public void require(String place, String topic) {
    Set<String> names = await(admin.listTopics().names());
    if (!names.contains(topic)) {
      throw JobException.failure(
          place + ": there is no topic " + topic + " at " + bootstrap + Nearest.hint(topic, names));
    }
  }

  /**
   * Makes a topic unless it is there.
   *
   * @param partitions 0 for what the node makes
   */
  public void ensure(String topic, int partitions, Map<String, String> configs) {
    if (await(admin.listTopics().names()).contains(topic)) {
      return;
    }
    Optional<Integer> count = partitions == 0 ? Optional.empty() : Optional.of(partitions);
    NewTopic wanted = new NewTopic(topic, count, Optional.empty()).configs(configs);
    try {
      await(admin.createTopics(List.of(wanted)).all());
    } catch (TopicExistsException e) {
      // Another sink, or another job, was there first.
    }
  }

  private <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw JobException.failure("no node answers at " + bootstrap, e.getCause());
      }
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw JobException.failure("interrupted", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
