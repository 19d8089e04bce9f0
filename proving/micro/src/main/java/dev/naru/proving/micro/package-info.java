/**
 * Runs the JMH benchmarks, and what they share. Each benchmark stands in the package of what it
 * measures, as a unit test does, so that nothing becomes public for its sake.
 */
package dev.naru.proving.micro;
