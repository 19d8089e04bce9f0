/**
 * The network front: frames in, frames out, in order. {@link dev.naru.broker.net.FrameGate} cuts
 * frames, {@link dev.naru.broker.net.ConnectionSession} orders a connection's requests, and {@link
 * dev.naru.broker.net.ResponseEncoder} writes answers without copying records through the heap.
 * Knows no topics.
 */
package dev.naru.broker.net;
