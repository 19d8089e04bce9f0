/**
 * A small HTTP/1.1 client in which everything is bounded: addresses, time, headers, bodies and what
 * they inflate to. It exists because the JDK's client resolves names itself, after any check that
 * one could make.
 */
package dev.naru.connect.crawler.http;
