package dev.naru.proving.micro;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads like those of a node's event loops, for JMH to run benchmarks on: Netty's pool has caches
 * for these only. JMH makes it by its name.
 */
public final class EventLoopThreads extends ThreadPoolExecutor {
  public EventLoopThreads(int threads, String prefix) {
    super(
        0,
        Integer.MAX_VALUE,
        1,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        new DefaultThreadFactory(prefix));
  }
}
