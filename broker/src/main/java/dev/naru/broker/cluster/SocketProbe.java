package dev.naru.broker.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The probe over TCP, on daemon threads of its own that exist while there is something to probe.
 * What is asked while too much is under way is answered as silent.
 */
final class SocketProbe implements PeerProbe {
  private static final Logger LOG = LoggerFactory.getLogger(SocketProbe.class);
  private static final int CONNECT_MS = 500;
  private static final int THREADS = 4;
  private static final int WAITING_MAX = 100;
  private static final int IDLE_S = 5;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          IDLE_S,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING_MAX),
          task -> {
            Thread thread = new Thread(task, "naru-peer-probe");
            thread.setDaemon(true);
            return thread;
          });

  SocketProbe() {
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public CompletionStage<Finding> probe(List<NodeAddress> ports) {
    CompletableFuture<Finding> found = new CompletableFuture<>();
    try {
      threads.execute(() -> found.complete(tryAll(ports)));
    } catch (RejectedExecutionException e) {
      LOG.debug("Not probed: too much is under way, or this node stops", e);
      found.complete(Finding.SILENT);
    }
    return found;
  }

  /** The first port that is not refused decides. */
  private static Finding tryAll(List<NodeAddress> ports) {
    for (NodeAddress port : ports) {
      Finding one = tryOne(port);
      if (one != Finding.REFUSED) {
        return one;
      }
    }
    return ports.isEmpty() ? Finding.SILENT : Finding.REFUSED;
  }

  private static Finding tryOne(NodeAddress port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(port.host(), port.port()), CONNECT_MS);
      return Finding.ACCEPTED;
    } catch (ConnectException e) {
      // "Connection refused", and also "timed out" when the system gave up before this did.
      boolean refused = e.getMessage() != null && e.getMessage().contains("refused");
      return refused ? Finding.REFUSED : Finding.SILENT;
    } catch (IOException e) {
      LOG.debug("{} does not answer", port, e);
      return Finding.SILENT;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
