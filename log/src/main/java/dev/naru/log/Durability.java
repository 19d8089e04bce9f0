package dev.naru.log;

/** When an append counts as durable, and so may be acknowledged and seen by consumers. */
public enum Durability {
  /** After {@code fdatasync}: a power cut loses nothing that was acknowledged. */
  FSYNC,
  /** As soon as the operating system has it, which is Apache Kafka's default. */
  OS
}
