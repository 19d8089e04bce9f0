/**
 * The sink for object stores that speak S3: {@link dev.naru.connect.s3.PartitionObjects} collects
 * the records of a partition, {@link dev.naru.connect.s3.ObjectStore} stores objects, signed by
 * {@link dev.naru.connect.s3.SignatureV4}.
 */
package dev.naru.connect.s3;
