/**
 * How the nodes of a cluster reach each other: Kafka's own requests over node links, which are
 * authenticated with the cluster's secret. The only package that sees Kafka's network client and
 * its SCRAM classes.
 */
package dev.naru.broker.cluster;
