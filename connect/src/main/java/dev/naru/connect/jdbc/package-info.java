/**
 * The JDBC sink: carries records into the tables of a database. {@link
 * dev.naru.connect.jdbc.RowMapper} makes rows of records, {@link dev.naru.connect.jdbc.Tables}
 * keeps the tables in step with them, {@link dev.naru.connect.jdbc.BatchWriter} writes, and a
 * {@link dev.naru.connect.jdbc.Dialect} knows what one database says differently from another.
 */
package dev.naru.connect.jdbc;
