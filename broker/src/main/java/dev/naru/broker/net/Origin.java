package dev.naru.broker.net;

import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * Where a connection came in, and who it is.
 *
 * @param principal anonymous when nobody asked
 */
record Origin(ListenerName listener, SecurityProtocol protocol, KafkaPrincipal principal) {}
