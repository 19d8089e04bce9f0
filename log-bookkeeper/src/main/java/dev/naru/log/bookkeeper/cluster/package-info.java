/**
 * The part of a cluster that one node carries: a bookie, a member of the ZooKeeper quorum when the
 * node is one of the first, and the connections to those of the others. {@link
 * dev.naru.log.bookkeeper.cluster.ClusterStorage} starts them from {@link
 * dev.naru.log.bookkeeper.cluster.ClusterSettings} and offers logs and {@link
 * dev.naru.log.bookkeeper.cluster.Coordination}.
 */
package dev.naru.log.bookkeeper.cluster;
