/**
 * The checker: operations with their outcomes on one side, what fresh readers found on the other,
 * and every promise that was broken between them. Knows no clients and no nodes.
 */
package dev.naru.proving.checker;
