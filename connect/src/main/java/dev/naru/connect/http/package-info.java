/**
 * The HTTP source, which asks an API again and again, and the HTTP sink, which calls one for each
 * record. Both go out through {@link dev.naru.connect.common.HttpCalls}.
 */
package dev.naru.connect.http;
