package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.frontier.Failure;
import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Fetches, over connections that are kept for a few seconds. Any number of threads may fetch; each
 * blocks until its answer is there. Somebody must call {@link #reap} several times a second, or
 * total deadlines are not kept.
 */
public final class HttpFetcher implements Closeable {
  /**
   * What all requests have in common.
   *
   * @param userAgent the User-Agent header
   * @param connectTimeoutMs for one address
   * @param readTimeoutMs without a byte
   * @param totalTimeoutMs for the whole exchange, connecting included
   * @param idleMax connections that are kept
   */
  public record Settings(
      String userAgent, int connectTimeoutMs, int readTimeoutMs, int totalTimeoutMs, int idleMax) {}

  private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(4);

  private final Settings settings;
  private final AddressGuard guard;
  private final Set<HttpConnection> busy = ConcurrentHashMap.newKeySet();
  private final Map<String, Deque<HttpConnection>> idle = new HashMap<>();
  private int idleCount;
  private boolean closed;

  public HttpFetcher(Settings settings, AddressGuard guard) {
    this.settings = settings;
    this.guard = guard;
  }

  /**
   * Fetches one address; redirects are not followed.
   *
   * @throws FetchException when there is no usable answer
   */
  public HttpAnswer fetch(HttpRequest request) throws FetchException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.totalTimeoutMs());
    HttpConnection kept = takeIdle(request.url().origin());
    if (kept != null) {
      HttpExchange exchange = new HttpExchange(kept, request, settings.userAgent());
      try {
        return exchange(exchange, deadlineNs);
      } catch (FetchException e) {
        // The server may have closed the connection while it was idle; only then is asking again
        // free of doubt.
        if (kept.overdue || exchange.answerBegan() || e.outcome() != Outcome.UNREACHABLE) {
          throw e;
        }
      }
    }
    HttpConnection fresh = connect(request.url(), deadlineNs);
    return exchange(new HttpExchange(fresh, request, settings.userAgent()), deadlineNs);
  }

  private HttpAnswer exchange(HttpExchange exchange, long deadlineNs) throws FetchException {
    HttpConnection connection = exchange.connection();
    boolean keep = false;
    watch(connection, deadlineNs);
    try {
      HttpAnswer answer = exchange.run();
      keep = exchange.canKeep();
      return answer;
    } catch (IOException e) {
      throw explained(e, connection, exchange.answerBegan());
    } catch (RuntimeException e) {
      throw unexpected(connection, e);
    } finally {
      busy.remove(connection);
      if (keep && !connection.overdue) {
        keepIdle(connection);
      } else {
        connection.close();
      }
    }
  }

  private HttpConnection connect(CanonicalUrl url, long deadlineNs) throws FetchException {
    List<InetAddress> addresses = guard.resolve(url.host());
    FetchException last = null;
    for (InetAddress address : addresses) {
      HttpConnection connection = new HttpConnection(url.origin());
      watch(connection, deadlineNs);
      boolean connected = false;
      try {
        connection.connect(url, address, settings.connectTimeoutMs(), settings.readTimeoutMs());
        connected = true;
        return connection;
      } catch (IOException e) {
        last = explained(e, connection, false);
        if (connection.overdue) {
          break;
        }
      } catch (RuntimeException e) {
        throw unexpected(connection, e);
      } finally {
        if (!connected) {
          busy.remove(connection);
          connection.close();
        }
      }
    }
    throw last;
  }

  private void watch(HttpConnection connection, long deadlineNs) {
    connection.deadlineNs = deadlineNs;
    busy.add(connection);
    boolean late;
    synchronized (this) {
      late = closed;
    }
    if (late) {
      connection.close();
    }
  }

  private FetchException explained(IOException e, HttpConnection connection, boolean answerBegan) {
    String origin = connection.origin;
    if (connection.overdue) {
      Failure failure = answerBegan ? Failure.SERVER : Failure.HOST;
      String message =
          "The exchange with " + origin + " took longer than " + settings.totalTimeoutMs() + " ms.";
      return new FetchException(Outcome.TIMEOUT, failure, message, e);
    }
    if (e instanceof FetchException known) {
      return known;
    }
    if (e instanceof SocketTimeoutException) {
      return new FetchException(
          Outcome.TIMEOUT,
          answerBegan ? Failure.SERVER : Failure.HOST,
          origin + " did not answer in time.",
          e);
    }
    Failure failure = answerBegan ? Failure.SERVER : Failure.HOST;
    return new FetchException(
        Outcome.UNREACHABLE,
        failure,
        "The connection to " + origin + " failed: " + e.getMessage(),
        e);
  }

  /**
   * What a server sends must not end a crawl, whatever it makes the platform's network classes
   * throw.
   */
  private static FetchException unexpected(HttpConnection connection, RuntimeException e) {
    return new FetchException(
        Outcome.BAD_ANSWER,
        Failure.PERMANENT,
        "The exchange with " + connection.origin + " failed: " + e,
        e);
  }

  private synchronized HttpConnection takeIdle(String origin) {
    Deque<HttpConnection> kept = idle.get(origin);
    if (kept == null) {
      return null;
    }
    HttpConnection connection = kept.removeLast();
    if (kept.isEmpty()) {
      idle.remove(origin);
    }
    idleCount--;
    return connection;
  }

  private synchronized void keepIdle(HttpConnection connection) {
    if (closed || idleCount >= settings.idleMax()) {
      connection.close();
      return;
    }
    connection.idleSinceNs = System.nanoTime();
    idle.computeIfAbsent(connection.origin, o -> new ArrayDeque<>()).addLast(connection);
    idleCount++;
  }

  /** Closes what is overdue and what was idle for too long. */
  public void reap() {
    long nowNs = System.nanoTime();
    for (HttpConnection connection : busy) {
      if (nowNs - connection.deadlineNs > 0) {
        connection.overdue = true;
        connection.close();
      }
    }
    synchronized (this) {
      Iterator<Deque<HttpConnection>> origins = idle.values().iterator();
      while (origins.hasNext()) {
        Deque<HttpConnection> kept = origins.next();
        while (!kept.isEmpty() && nowNs - kept.peekFirst().idleSinceNs > IDLE_NS) {
          kept.removeFirst().close();
          idleCount--;
        }
        if (kept.isEmpty()) {
          origins.remove();
        }
      }
    }
  }

  /** Closes every connection; fetches under way end with an exception. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      idle.values().forEach(kept -> kept.forEach(HttpConnection::close));
      idle.clear();
      idleCount = 0;
    }
    busy.forEach(HttpConnection::close);
  }
}
