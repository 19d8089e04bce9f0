/**
 * What Naru's own connectors share: JSON, pauses, versions, checks of options. Depends on Connect's
 * API and the JDK only, as the connectors do.
 */
package dev.naru.connect.common;
