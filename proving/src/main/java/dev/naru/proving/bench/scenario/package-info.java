/** The scenarios: one small class for each thing that a broker does. */
package dev.naru.proving.bench.scenario;
