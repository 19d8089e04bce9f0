package dev.naru.proving.apache;

import java.util.AbstractMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The brokers of a cluster, of which only the numbers are known. */
public final class BrokersFromOutside<B> extends AbstractMap<Integer, B> {
  private final Set<Integer> ids;

  public BrokersFromOutside(int count) {
    ids = IntStream.range(0, count).boxed().collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public int size() {
    return ids.size();
  }

  @Override
  public Set<Integer> keySet() {
    return ids;
  }

  @Override
  public Set<Entry<Integer, B>> entrySet() {
    return ids.stream().map(Broker<B>::new).collect(Collectors.toUnmodifiableSet());
  }

  private record Broker<B>(int id) implements Entry<Integer, B> {
    @Override
    public Integer getKey() {
      return id;
    }

    @Override
    public B getValue() {
      throw new OutOfScope("the inside of a broker");
    }

    @Override
    public B setValue(B value) {
      throw new UnsupportedOperationException();
    }
  }
}
