/** How outcomes are shown: a table, JSON, charts. */
package dev.naru.proving.bench.report;
