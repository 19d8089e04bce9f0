/**
 * Loads of real clients that write down in a {@link dev.naru.proving.checker.History} what they did
 * and what came of it.
 */
package dev.naru.proving.load;
