/** From the bytes of a page to what is worth knowing about it. Pure. */
package dev.naru.connect.crawler.page;
