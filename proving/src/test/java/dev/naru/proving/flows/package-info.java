/**
 * The flows of docs/flows, each with the very files of examples and real systems on the other side.
 */
package dev.naru.proving.flows;
