/** A node and its connectors, as {@code start} and {@code demo} run them in this process. */
package dev.naru.cli.node;
