/**
 * What runs inside Connect's class loader; nothing outside names these classes but by reflection.
 */
package dev.naru.connect.host.inside;
