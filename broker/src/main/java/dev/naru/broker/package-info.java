/**
 * The broker. {@link dev.naru.broker.Broker} puts its parts together; ARCHITECTURE.md has the map.
 */
package dev.naru.broker;
