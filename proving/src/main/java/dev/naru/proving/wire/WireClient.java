package dev.naru.proving.wire;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * One connection that sends what it is told, right or wrong, and waits for the answer. One thread
 * at a time.
 *
 * <p>Requests and responses are the message classes of kafka-clients; {@link #sendBytes} goes below
 * them.
 */
public final class WireClient implements Closeable {
  private static final String CLIENT_ID = "wire";
  private static final int TIMEOUT_MS = 10_000;
  private static final int FRAME_BYTES_MAX = 256 << 20;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;
  private int correlationId;

  public WireClient(int port) throws IOException {
    this(port, TIMEOUT_MS);
  }

  /**
   * A connection whose reads fail with {@link java.net.SocketTimeoutException} after a while
   * without an answer.
   */
  public WireClient(int port, int timeoutMs) throws IOException {
    socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMs);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(timeoutMs);
      out = socket.getOutputStream();
      in = new DataInputStream(socket.getInputStream());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Whether a node on this port answers Metadata with a broker in it. */
  public static boolean serves(int port) {
    try (WireClient client = new WireClient(port, 1_000)) {
      MetadataRequest request =
          new MetadataRequest(new MetadataRequestData(), ApiKeys.METADATA.latestVersion());
      MetadataResponse response = client.call(request, MetadataResponse.class);
      return !response.brokers().isEmpty();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Sends the request in the version that it was built for, and reads its response. */
  public <T extends AbstractResponse> T call(AbstractRequest request, Class<T> type)
      throws IOException {
    return receive(send(request), type);
  }

  /** Sends the request, and leaves its response to {@link #receive}. */
  public RequestHeader send(AbstractRequest request) throws IOException {
    RequestHeader header = header(request);
    sendFrame(request.serializeWithHeader(header));
    return header;
  }

  /** Reads the next response, which answers the request with this header. */
  public <T extends AbstractResponse> T receive(RequestHeader header, Class<T> type)
      throws IOException {
    return type.cast(AbstractResponse.parseResponse(readFrame(), header));
  }

  /** The frame of a request, without its four bytes of length. */
  public ByteBuffer encode(AbstractRequest request) {
    return request.serializeWithHeader(header(request));
  }

  private RequestHeader header(AbstractRequest request) {
    short version = request.version();
    RequestHeaderData data =
        new RequestHeaderData()
            .setRequestApiKey(request.apiKey().id)
            .setRequestApiVersion(version)
            .setClientId(CLIENT_ID)
            .setCorrelationId(correlationId++);
    return new RequestHeader(data, request.apiKey().requestHeaderVersion(version));
  }

  public void sendFrame(ByteBuffer frame) throws IOException {
    ByteBuffer whole = ByteBuffer.allocate(Integer.BYTES + frame.remaining());
    whole.putInt(frame.remaining()).put(frame.duplicate());
    sendBytes(whole.array());
  }

  /** Sends bytes as they are. */
  public void sendBytes(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** No more bytes will be sent; the other direction stays open. */
  public void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** The next frame, without its length. */
  public ByteBuffer readFrame() throws IOException {
    int length = in.readInt();
    if (length < 0 || length > FRAME_BYTES_MAX) {
      throw new IOException("the node sent a frame of " + length + " bytes");
    }
    byte[] frame = new byte[length];
    in.readFully(frame);
    return ByteBuffer.wrap(frame);
  }

  /** Reads until the node closes the connection; returns how many bytes came before that. */
  public long drainUntilClosed() throws IOException {
    long count = 0;
    byte[] buffer = new byte[8192];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
      }
    } catch (EOFException | java.net.SocketException closed) {
      return count;
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
