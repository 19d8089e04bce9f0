/** How a listener asks its clients who they are: what the network front needs of SASL. */
package dev.naru.broker.sasl;
