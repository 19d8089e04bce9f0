package dev.naru.broker.topic;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.Request;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.image.TopicImage;

/** DeleteTopics, by name or by id. */
final class DeleteTopicsHandler implements ApiHandler {
  private final TopicServices services;

  DeleteTopicsHandler(TopicServices services) {
    this.services = services;
  }

  @Override
  public ApiKeys api() {
    return ApiKeys.DELETE_TOPICS;
  }

  @Override
  public void handle(Request request) {
    if (!services.brokerConfig().getBoolean("delete.topic.enable")) {
      throw request.version() < 3
          ? new InvalidRequestException("This version does not support topic deletion.")
          : new TopicDeletionDisabledException();
    }
    Plan plan = new Plan(request.data(DeleteTopicsRequestData.class));
    TopicServices.answer(
        request,
        services
            .controller()
            .deleteTopics(Set.copyOf(plan.nameById.keySet()))
            .thenApply(
                results -> {
                  results.forEach(plan::finish);
                  return plan.response;
                }));
  }

  /** Which topics a request means, and what is wrong with those that it does not name well. */
  private final class Plan {
    final DeleteTopicsResponseData response = new DeleteTopicsResponseData();
    final Map<Uuid, String> nameById = new LinkedHashMap<>();
    private final Set<Uuid> askedById = new HashSet<>();

    Plan(DeleteTopicsRequestData data) {
      // Unknown ids all have the same key, null, and a collection that had to grow would choke.
      response.setResponses(
          new DeletableTopicResultCollection(
              2 * (data.topics().size() + data.topicNames().size()) + 1));
      Set<String> names = new LinkedHashSet<>();
      Set<String> namesTwice = new LinkedHashSet<>();
      Set<Uuid> idsTwice = new LinkedHashSet<>();
      data.topicNames().forEach(name -> addTo(names, namesTwice, name));
      for (DeleteTopicState topic : data.topics()) {
        boolean hasId = !topic.topicId().equals(Uuid.ZERO_UUID);
        if (topic.name() == null && hasId) {
          addTo(askedById, idsTwice, topic.topicId());
        } else if (topic.name() != null && !hasId) {
          addTo(names, namesTwice, topic.name());
        } else {
          String why =
              hasId
                  ? "You may not specify both topic name and topic id."
                  : "Neither topic name nor id were specified.";
          add(topic.name(), topic.topicId(), new ApiError(Errors.INVALID_REQUEST, why));
        }
      }
      namesTwice.forEach(
          name ->
              add(
                  name,
                  Uuid.ZERO_UUID,
                  new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name.")));
      idsTwice.forEach(
          id -> add(null, id, new ApiError(Errors.INVALID_REQUEST, "Duplicate topic id.")));
      names.removeAll(namesTwice);
      askedById.removeAll(idsTwice);
      resolveIds();
      names.forEach(name -> resolveName(name, idsTwice));
    }

    private static <T> void addTo(Set<T> once, Set<T> twice, T what) {
      if (!once.add(what)) {
        twice.add(what);
      }
    }

    private void resolveIds() {
      for (Uuid id : askedById) {
        TopicImage topic = services.view().topic(id);
        if (topic == null) {
          add(null, id, new ApiError(Errors.UNKNOWN_TOPIC_ID));
        } else {
          nameById.put(id, topic.name());
        }
      }
    }

    private void resolveName(String name, Set<Uuid> idsTwice) {
      TopicImage topic = services.view().topic(name);
      if (topic == null) {
        add(name, Uuid.ZERO_UUID, new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION));
      } else if (idsTwice.contains(topic.id()) || nameById.put(topic.id(), name) != null) {
        nameById.remove(topic.id());
        add(
            name,
            topic.id(),
            new ApiError(
                Errors.INVALID_REQUEST,
                "The provided topic name maps to an ID that was already supplied."));
      }
    }

    void finish(Uuid id, ApiError error) {
      boolean goneMeanwhile = error.is(Errors.UNKNOWN_TOPIC_ID) && !askedById.contains(id);
      add(
          nameById.get(id),
          id,
          goneMeanwhile ? new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION) : error);
    }

    private void add(String name, Uuid id, ApiError error) {
      response
          .responses()
          .add(
              new DeletableTopicResult()
                  .setName(name)
                  .setTopicId(id)
                  .setErrorCode(error.error().code())
                  .setErrorMessage(error.message()));
    }
  }
}
