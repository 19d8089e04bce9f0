/** {@code naru connector}: connectors of a running node, by its REST API. */
package dev.naru.cli.connector;
