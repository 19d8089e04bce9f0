/**
 * {@code naru start}: options to a node's settings, and the node's life from {@code ready} to
 * SIGTERM.
 */
package dev.naru.cli.start;
