/**
 * The files source: reads the lines of files in a folder. {@link
 * dev.naru.connect.files.WatchedFolder} knows the files, {@link
 * dev.naru.connect.files.RecordScanner} cuts bytes into records, {@link
 * dev.naru.connect.files.RecordFormat} makes values of them.
 */
package dev.naru.connect.files;
