package dev.naru.proving.sim;

import dev.naru.broker.api.ApiHandler;
import dev.naru.broker.api.ApiTable;
import dev.naru.broker.api.Request;
import dev.naru.broker.net.SliceRecords;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * The network: connections that keep their order, as TCP does, lose what is sent while they are cut
 * in that direction and everything after it, and end when a process at one end does.
 */
final class Net {
  private static final long HOP_US = 300;
  private static final long CONNECT_MS = 2_000;
  private static final ListenerName CLIENTS = new ListenerName("PLAINTEXT");

  /** A request that never left: nobody can have served it. */
  static final class Unsent extends NetworkException {
    private static final long serialVersionUID = 1;

    Unsent(String message) {
      super(message);
    }
  }

  /** Where a node listens. */
  record Port(int node, boolean forNodes) {}

  /** What listens there. */
  private record Listening(Proc proc, ApiTable table) {}

  private record Way(int from, int to) {}

  private final World world;
  private final Map<Port, Listening> listening = new HashMap<>();
  private final Set<Way> cuts = new HashSet<>();
  private final Map<Way, Long> slowUs = new HashMap<>();
  private final List<Connection> connections = new ArrayList<>();

  private BiConsumer<Proc, ApiMessage> observer = (proc, answer) -> {};

  /** Sees each answer as it leaves. */
  void observe(BiConsumer<Proc, ApiMessage> next) {
    observer = next;
  }

  Net(World world) {
    this.world = world;
  }

  void listen(Proc proc, boolean forNodes, ApiTable table) {
    Port port = new Port(proc.node, forNodes);
    listening.put(port, new Listening(proc, table));
    proc.whenDead(
        () -> {
          listening.remove(port);
          List.copyOf(connections).stream()
              .filter(each -> each.from == proc || each.to == proc)
              .forEach(each -> each.endOf(proc));
        });
  }

  /** Stops the way from one node to another. */
  void cut(int from, int to) {
    cuts.add(new Way(from, to));
  }

  /** All ways are open again; what was lost stays lost. */
  void heal() {
    cuts.clear();
    slowUs.clear();
  }

  /** What goes from one node to another takes longer. */
  void slow(int from, int to, long ms) {
    slowUs.put(new Way(from, to), ms * 1000);
  }

  private long hopUs(int from, int to) {
    return world.latencyUs(HOP_US) + slowUs.getOrDefault(new Way(from, to), 0L);
  }

  void heal(int from, int to) {
    cuts.remove(new Way(from, to));
    slowUs.remove(new Way(from, to));
  }

  boolean isOpen(int from, int to) {
    return from == to || !cuts.contains(new Way(from, to));
  }

  boolean isListening(Port port) {
    return listening.containsKey(port);
  }

  Connection connect(Proc from, Port to) {
    return new Connection(from, to);
  }

  /** A connection, from its first request on; made once, never again. */
  final class Connection {
    private final Proc from;
    private final Port port;
    private Proc to;
    private Session session;
    private boolean connecting;
    private boolean ended;
    private Runnable whenBroken = () -> {};
    private boolean stuckThere;
    private boolean stuckBack;
    private long lastThereUs;
    private long lastBackUs;
    private final Queue<Outgoing> waiting = new ArrayDeque<>();
    private final Queue<Outgoing> unanswered = new ArrayDeque<>();

    private Connection(Proc from, Port port) {
      this.from = from;
      this.port = port;
    }

    boolean isEnded() {
      return ended;
    }

    /** Is told when nobody listens there, and when the process there is gone. */
    void onBroken(Runnable told) {
      whenBroken = told;
    }

    /**
     * Sends a request; fails with {@link NetworkException} when the connection ends before the
     * answer.
     */
    CompletableFuture<AbstractResponse> send(AbstractRequest request) {
      Outgoing outgoing = new Outgoing(request);
      if (ended) {
        outgoing.answer.completeExceptionally(new Unsent("the connection has ended"));
        return outgoing.answer;
      }
      waiting.add(outgoing);
      if (session != null) {
        flush();
      } else if (!connecting) {
        connecting = true;
        connections.add(this);
        boolean open = isOpen(from.node, port.node) && isOpen(port.node, from.node);
        long delayUs = open ? 2 * world.latencyUs(HOP_US) : CONNECT_MS * 1000;
        world.after(delayUs, from, "connects to " + port, this::connected);
      }
      return outgoing.answer;
    }

    private void connected() {
      Listening there = listening.get(port);
      boolean open = isOpen(from.node, port.node) && isOpen(port.node, from.node);
      if (ended) {
        return;
      }
      if (there == null || !open) {
        end("no connection to " + port);
        whenBroken.run();
        return;
      }
      to = there.proc;
      session = new Session(this, there);
      flush();
    }

    private void flush() {
      for (Outgoing next = waiting.poll(); next != null; next = waiting.poll()) {
        unanswered.add(next);
        stuckThere |= !isOpen(from.node, to.node);
        if (stuckThere) {
          continue;
        }
        Outgoing sent = next;
        lastThereUs = Math.max(lastThereUs + 1, world.nowUs() + hopUs(from.node, to.node));
        world.after(
            lastThereUs - world.nowUs(),
            to,
            "gets " + sent.request.apiKey() + " from " + from,
            () -> session.receive(sent.api, sent.version, sent.bytes()));
      }
    }

    private void answer(AbstractRequest request, ApiMessage response) {
      stuckBack |= !isOpen(to.node, from.node) || ended;
      if (stuckBack || to.isDead()) {
        return;
      }
      lastBackUs = Math.max(lastBackUs + 1, world.nowUs() + hopUs(to.node, from.node));
      var bytes = MessageUtil.toByteBufferAccessor(response, request.version());
      world.after(
          lastBackUs - world.nowUs(),
          from,
          "gets " + request.apiKey() + " answered by " + to,
          () -> {
            Outgoing asked = unanswered.poll();
            if (asked != null) {
              asked.answer.complete(
                  AbstractResponse.parseResponse(asked.api, bytes, asked.version));
            }
          });
    }

    /** A process at one end is gone; the other one hears of it, if it hears anything. */
    private void endOf(Proc gone) {
      if (gone == from) {
        ended = true;
        connections.remove(this);
      } else if (isOpen(gone.node, from.node)) {
        world.after(
            world.latencyUs(HOP_US),
            from,
            "loses " + gone,
            () -> {
              end("the connection broke");
              whenBroken.run();
            });
      }
    }

    /** Ends it at this end. */
    void end(String why) {
      if (ended) {
        return;
      }
      ended = true;
      connections.remove(this);
      List<Outgoing> lost = List.copyOf(unanswered);
      List<Outgoing> unsent = List.copyOf(waiting);
      unanswered.clear();
      waiting.clear();
      lost.forEach(each -> each.answer.completeExceptionally(new NetworkException(why)));
      unsent.forEach(each -> each.answer.completeExceptionally(new Unsent(why)));
    }
  }

  private static final class Outgoing {
    final AbstractRequest request;
    final ApiKeys api;
    final short version;
    final CompletableFuture<AbstractResponse> answer = new CompletableFuture<>();

    Outgoing(AbstractRequest request) {
      this.request = request;
      this.api = request.apiKey();
      this.version = request.version();
    }

    /** As they are on the wire; the receiver's own. */
    AbstractRequest bytes() {
      return AbstractRequest.parseRequest(api, version, request.serialize()).request;
    }
  }

  /** The other end: one request after the other begins, and answers leave in that order. */
  private final class Session {
    private final Connection connection;
    private final Listening at;
    private final Executor loop;
    private final Queue<AbstractRequest> received = new ArrayDeque<>();
    private final Queue<Served> answers = new ArrayDeque<>();
    private boolean starting;

    Session(Connection connection, Listening at) {
      this.connection = connection;
      this.at = at;
      this.loop = at.proc.thread("io");
    }

    void receive(ApiKeys api, short version, AbstractRequest request) {
      ApiHandler handler = at.table.find(api.id, version);
      if (handler == null) {
        throw new AssertionError(at.proc + " does not serve " + api + " " + version);
      }
      received.add(request);
      next();
    }

    private void next() {
      if (starting || received.isEmpty()) {
        return;
      }
      starting = true;
      AbstractRequest request = received.remove();
      Served served = new Served(this, request);
      answers.add(served);
      ApiHandler handler = at.table.find(request.apiKey().id, request.version());
      try {
        handler.handle(served);
      } catch (RuntimeException e) {
        served.fail(e);
      }
    }

    void ordered() {
      starting = false;
      next();
    }

    void flush() {
      for (Served first = answers.peek();
          first != null && first.response != null;
          first = answers.peek()) {
        answers.remove();
        observer.accept(at.proc, first.response);
        connection.answer(first.request, first.response);
      }
    }
  }

  /** A request that is served. */
  private static final class Served implements Request {
    private final Session session;
    private final AbstractRequest request;
    private ApiMessage response;
    private boolean ordered;

    Served(Session session, AbstractRequest request) {
      this.session = session;
      this.request = request;
    }

    @Override
    public RequestContext context() {
      return new RequestContext(
          new RequestHeader(request.apiKey(), request.version(), "sim", 0),
          "sim",
          InetAddress.getLoopbackAddress(),
          KafkaPrincipal.ANONYMOUS,
          CLIENTS,
          SecurityProtocol.PLAINTEXT,
          ClientInformation.EMPTY,
          false);
    }

    @Override
    public short version() {
      return request.version();
    }

    @Override
    public ApiMessage data() {
      return request.data();
    }

    @Override
    public Executor executor() {
      return session.loop;
    }

    @Override
    public void ordered() {
      if (!ordered) {
        ordered = true;
        session.ordered();
      }
    }

    @Override
    public void respond(ApiMessage answer) {
      if (response != null) {
        throw new IllegalStateException("answered twice");
      }
      if (answer instanceof FetchResponseData fetched) {
        copySlices(fetched);
      }
      response = answer;
      session.flush();
      ordered();
    }

    @Override
    public void respondNothing() {
      throw new AssertionError("nobody asks for no answer here");
    }

    @Override
    public void fail(Throwable cause) {
      respond(request.getErrorResponse(0, cause).data());
    }

    @Override
    public void close(String reason) {
      throw new AssertionError("a connection is closed: " + reason);
    }
  }

  /** As bytes on the wire are; the slices are given back. */
  private static void copySlices(FetchResponseData fetched) {
    fetched
        .responses()
        .forEach(
            topic ->
                topic
                    .partitions()
                    .forEach(
                        partition -> {
                          if (partition.records() instanceof SliceRecords records) {
                            var bytes = records.slice().toMemoryRecords().buffer().duplicate();
                            var copy = ByteBuffer.allocate(bytes.remaining()).put(bytes);
                            records.slice().close();
                            partition.setRecords(MemoryRecords.readableRecords(copy.flip()));
                          }
                        }));
  }
}
