package dev.naru.broker.net;

/**
 * Limits of the network front.
 *
 * @param maxFrameBytes {@code socket.request.max.bytes}
 * @param inFlightBytesMax bytes of all requests in the works; above it no new frames are read
 * @param limits which connections are let in
 * @param sendBufferBytes {@code socket.send.buffer.bytes}, -1 for the system's own
 * @param receiveBufferBytes {@code socket.receive.buffer.bytes}, -1 for the system's own
 * @param backlog {@code socket.listen.backlog.size}
 * @param idleMs {@code connections.max.idle.ms}
 * @param threads event loops
 */
public record FrontConfig(
    int maxFrameBytes,
    long inFlightBytesMax,
    ConnectionLimits limits,
    int sendBufferBytes,
    int receiveBufferBytes,
    int backlog,
    long idleMs,
    int threads) {}
