package dev.naru.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.BrokerRegistration;
import org.junit.jupiter.api.Test;

/** Where a process listens, as far as trying to connect to it tells whether it is alive. */
class RegistrationsTest {
  private static final Uuid INCARNATION = new Uuid(1, 2);

  private static Endpoint listener(String name, String host, int port) {
    return new Endpoint(name, SecurityProtocol.PLAINTEXT, host, port);
  }

  private static Optional<Peer> peer(Endpoint... listeners) {
    return Registrations.peer(
        new BrokerRegistration.Builder()
            .setId(2)
            .setEpoch(7)
            .setIncarnationId(INCARNATION)
            .setListeners(List.of(listeners))
            .setSupportedFeatures(Map.of())
            .setFenced(false)
            .build());
  }

  @Test
  void thePortsAtTheHostOfTheLinkAreThoseOfTheProcess() {
    Peer peer =
        peer(
                listener("PLAINTEXT", "10.0.0.2", 9092),
                listener("PUBLIC", "kafka.example.com", 443),
                listener(ClusterMember.NODES, "10.0.0.2", 9093))
            .orElseThrow();
    assertEquals(new NodeAddress(2, "10.0.0.2", 9093), peer.link());
    assertEquals(INCARNATION, peer.incarnation());
    assertEquals(
        Set.of(new NodeAddress(2, "10.0.0.2", 9092), new NodeAddress(2, "10.0.0.2", 9093)),
        Set.copyOf(peer.ports()));
  }

  @Test
  void whoListensToNoNodesIsNotWatched() {
    assertTrue(peer(listener("PLAINTEXT", "10.0.0.2", 9092)).isEmpty());
  }
}
