/**
 * The flows of docs/flows, each with the very files of examples and real systems on the other side.
 * What stands there, and how connectors are told what to do, is shared by the tests and the
 * benchmark.
 */
package dev.naru.proving.flows;
