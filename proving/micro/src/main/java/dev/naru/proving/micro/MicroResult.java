package dev.naru.proving.micro;

import java.util.Map;

/**
 * What was measured of one benchmark with one set of parameters.
 *
 * @param name such as {@code FrameToAppend.produce}
 * @param parameters by name, in order
 * @param nsPerOp mean time
 * @param errorNs half of the 99.9 % confidence interval; NaN when there were too few iterations
 * @param bytesPerOp allocated in the heap
 */
public record MicroResult(
    String name,
    Map<String, String> parameters,
    double nsPerOp,
    double errorNs,
    double bytesPerOp) {}
