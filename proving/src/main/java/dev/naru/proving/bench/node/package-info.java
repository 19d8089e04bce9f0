/** What is driven: a node in a process of its own, and the bare server that marks the limit. */
package dev.naru.proving.bench.node;
