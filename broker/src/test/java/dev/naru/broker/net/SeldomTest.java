package dev.naru.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class SeldomTest {
  private final List<String> said = new ArrayList<>();
  private long nowNs;

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("warn")) {
                said.add("" + arguments[1] + arguments[2]);
              }
              return null;
            });
  }

  @Test
  void whatHappensOftenIsSaidSeldomAndCounted() {
    Seldom seldom = new Seldom(logger(), () -> nowNs);
    for (int i = 0; i < 5; i++) {
      seldom.warn("one came");
    }
    nowNs += TimeUnit.SECONDS.toNanos(10);
    seldom.warn("one came");
    assertEquals(List.of("one came", "one came; so did 4 others before"), said);
  }
}
