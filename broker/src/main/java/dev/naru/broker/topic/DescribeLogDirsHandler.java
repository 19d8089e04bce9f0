package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import dev.naru.broker.partition.Partition;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** DescribeLogDirs: the data directory, its room, and how large the logs in it are. */
final class DescribeLogDirsHandler implements ApiHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

  private final TopicServices services;

  DescribeLogDirsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DESCRIBE_LOG_DIRS;
  }

  @Override
  public void handle(Request request) {
    DescribeLogDirsRequestData data = request.data(DescribeLogDirsRequestData.class);
    services.answerLater(
        request, () -> new DescribeLogDirsResponseData().setResults(List.of(describe(data))));
  }

  private DescribeLogDirsResult describe(DescribeLogDirsRequestData data) {
    Path directory = services.configs().started().dataDirectory().toAbsolutePath();
    DescribeLogDirsResult result = new DescribeLogDirsResult().setLogDir(directory.toString());
    try {
      FileStore files = Files.getFileStore(directory);
      result.setTotalBytes(bounded(files.getTotalSpace()));
      result.setUsableBytes(bounded(files.getUsableSpace()));
    } catch (IOException e) {
      LOG.warn("The data directory {} cannot be looked at", directory, e);
      return result.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
    }
    Map<String, DescribeLogDirsTopic> byTopic = new HashMap<>();
    for (Partition partition : wanted(data)) {
      TopicPartition name = partition.topicPartition();
      byTopic
          .computeIfAbsent(name.topic(), topic -> new DescribeLogDirsTopic().setName(topic))
          .partitions()
          .add(
              new DescribeLogDirsPartition()
                  .setPartitionIndex(name.partition())
                  .setPartitionSize(partition.log().sizeInBytes())
                  .setOffsetLag(0));
    }
    return result.setTopics(new ArrayList<>(byTopic.values()));
  }

  private List<Partition> wanted(DescribeLogDirsRequestData data) {
    if (data.topics() == null) {
      return List.copyOf(services.partitions().all());
    }
    List<Partition> wanted = new ArrayList<>();
    for (DescribableLogDirTopic topic : data.topics()) {
      topic.partitions().stream()
          .distinct()
          .map(index -> services.partitions().find(new TopicPartition(topic.topic(), index)))
          .filter(Objects::nonNull)
          .forEach(wanted::add);
    }
    return wanted;
  }

  /** File systems of more than 8 EiB report a negative number (JDK-8162520). */
  private static long bounded(long bytes) {
    return bytes < 0 ? Long.MAX_VALUE : bytes;
  }
}
