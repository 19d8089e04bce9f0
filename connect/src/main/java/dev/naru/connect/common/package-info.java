/**
 * What Naru's own connectors share: what they are built on, JSON, HTTP calls, pauses, versions,
 * checks of options. Depends on Connect's API and the JDK only, as the connectors do.
 */
package dev.naru.connect.common;
