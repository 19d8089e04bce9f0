package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.nio.file.Path;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AlterReplicaLogDirs: there is one directory, where everything is already. */
final class AlterReplicaLogDirsHandler implements ApiHandler {
  private final TopicServices services;

  AlterReplicaLogDirsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.ALTER_REPLICA_LOG_DIRS;
  }

  @Override
  public void handle(Request request) {
    Path directory = services.configs().started().dataDirectory().toAbsolutePath();
    AlterReplicaLogDirsResponseData response = new AlterReplicaLogDirsResponseData();
    for (AlterReplicaLogDir asked : request.data(AlterReplicaLogDirsRequestData.class).dirs()) {
      for (AlterReplicaLogDirTopic topic : asked.topics()) {
        AlterReplicaLogDirTopicResult result =
            new AlterReplicaLogDirTopicResult().setTopicName(topic.name());
        for (int partition : topic.partitions()) {
          TopicPartition name = new TopicPartition(topic.name(), partition);
          Errors error = Errors.NONE;
          if (!directory.toString().equals(asked.path())) {
            error = Errors.LOG_DIR_NOT_FOUND;
          } else if (services.partitions().find(name) == null) {
            error = Errors.REPLICA_NOT_AVAILABLE;
          }
          result
              .partitions()
              .add(
                  new AlterReplicaLogDirPartitionResult()
                      .setPartitionIndex(partition)
                      .setErrorCode(error.code()));
        }
        response.results().add(result);
      }
    }
    request.respond(response);
  }
}
