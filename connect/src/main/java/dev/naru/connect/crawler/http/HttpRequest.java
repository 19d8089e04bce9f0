package dev.naru.connect.crawler.http;

import dev.naru.connect.crawler.url.CanonicalUrl;
import java.util.function.Predicate;

/**
 * One GET.
 *
 * @param url what to ask for
 * @param accept the Accept header
 * @param wanted whether a body of this content type (lower case, no parameters; empty when the
 *     server names none) is to be read
 * @param bytesMax the largest body, before and after decompression
 * @param truncate whether a larger body is cut there rather than refused
 * @param etag for If-None-Match, or null
 * @param lastModified for If-Modified-Since, or null
 */
public record HttpRequest(
    CanonicalUrl url,
    String accept,
    Predicate<String> wanted,
    int bytesMax,
    boolean truncate,
    String etag,
    String lastModified) {}
