/** Certificates for nodes and clients that speak TLS with one another. */
package dev.naru.proving.tls;
