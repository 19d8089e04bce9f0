/** A node of a cluster: what it was told, and its storage put under its broker. */
package dev.naru.cli.cluster;
