/** The node's HTTP listener. */
package dev.naru.cli.http;
