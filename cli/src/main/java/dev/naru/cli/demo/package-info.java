/**
 * {@code naru demo}: a node, a web site, a crawler, a sink and a database in one process, and what
 * came of it.
 */
package dev.naru.cli.demo;
