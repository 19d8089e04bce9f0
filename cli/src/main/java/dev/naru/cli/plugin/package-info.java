/** {@code naru plugin}: plug-ins for Kafka Connect, from Maven repositories. */
package dev.naru.cli.plugin;
