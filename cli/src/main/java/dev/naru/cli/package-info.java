/**
 * The {@code naru} command: finds the command asked for, runs it, and says in one sentence why it
 * could not.
 */
package dev.naru.cli;
