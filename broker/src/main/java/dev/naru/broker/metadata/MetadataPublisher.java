package dev.naru.broker.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.image.writer.ImageWriterOptions;
import org.apache.kafka.image.writer.RecordListWriter;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node knows of the metadata, and who follows it. The image comes from the metadata log
 * of this node, or from the node that owns it; whoever follows need not know.
 *
 * <p>All state belongs to the metadata thread; {@link #addListener} may come from any.
 */
public final class MetadataPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataPublisher.class);

  private final MetadataView view;
  private final Executor thread;
  private final List<MetadataListener> listeners = new ArrayList<>();
  private final List<Runnable> watchers = new CopyOnWriteArrayList<>();

  /**
   * @param thread runs tasks one after the other, see {@link #newThread}
   */
  public MetadataPublisher(MetadataView view, Executor thread) {
    this.view = view;
    this.thread = thread;
  }

  /** The thread that the metadata belongs to. */
  public static ExecutorService newThread() {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, "naru-metadata");
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Adds a listener. Its first call brings the whole state as a delta from nothing, when there is
   * one.
   *
   * @return completes when that state has taken effect at the listener
   */
  public CompletionStage<Void> addListener(MetadataListener listener) {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    thread.execute(
        () -> {
          listeners.add(listener);
          MetadataImage image = view.image();
          if (image.isEmpty()) {
            // Nothing is known yet; what comes first is the whole state.
            ready.complete(null);
            return;
          }
          MetadataDelta all = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
          state(image).forEach(message -> all.replay(message.message()));
          notify(listener, all, image)
              .whenComplete(
                  (done, error) -> {
                    if (error == null) {
                      ready.complete(null);
                    } else {
                      ready.completeExceptionally(error);
                    }
                  });
        });
    return ready;
  }

  /**
   * Has somebody told that there is another image, as soon as there is, on the metadata thread: for
   * who looks at it and need not know what changed. Must not block.
   */
  public void onImage(Runnable told) {
    watchers.add(told);
  }

  private void show(MetadataImage image) {
    view.publish(image);
    watchers.forEach(Runnable::run);
  }

  /** The image that everybody sees now. */
  public MetadataImage image() {
    return view.image();
  }

  /** The thread that the metadata belongs to. */
  public Executor thread() {
    return thread;
  }

  /**
   * Shows a change to everybody.
   *
   * @return completes when it has taken effect at all listeners
   */
  public CompletableFuture<Void> publish(MetadataDelta delta, MetadataImage image) {
    show(image);
    return CompletableFuture.allOf(
        listeners.stream()
            .map(listener -> notify(listener, delta, image))
            .toArray(CompletableFuture[]::new));
  }

  /** As {@link #publish}, for a whole state: what is not in it any more is gone. */
  CompletableFuture<Void> publishWhole(MetadataImage next) {
    if (listeners.isEmpty()) {
      show(next);
      return CompletableFuture.completedFuture(null);
    }
    return publishState(state(next), next.provenance());
  }

  /** As above, for a state that came as records. */
  public CompletableFuture<Void> publishState(
      List<ApiMessageAndVersion> state, MetadataProvenance provenance) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(view.image()).build();
    state.forEach(message -> delta.replay(message.message()));
    delta.finishSnapshot();
    return publish(delta, delta.apply(provenance));
  }

  private static CompletableFuture<Void> notify(
      MetadataListener listener, MetadataDelta delta, MetadataImage image) {
    try {
      return listener.onMetadata(delta, image).toCompletableFuture();
    } catch (RuntimeException e) {
      LOG.error("{} could not follow the metadata", listener, e);
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The records that make an image out of nothing. */
  static List<ApiMessageAndVersion> state(MetadataImage image) {
    RecordListWriter writer = new RecordListWriter();
    image.write(writer, new ImageWriterOptions.Builder(image).build());
    return writer.records();
  }
}
