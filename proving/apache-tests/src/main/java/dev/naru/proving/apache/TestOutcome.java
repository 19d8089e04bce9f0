package dev.naru.proving.apache;

/**
 * How one of Apache's tests ended; a line of a results file.
 *
 * @param id {@code CLASS#METHOD}, and the name of the run when the test has several; CLASS without
 *     {@code org.apache.kafka.}; a class alone when it did not get as far as its tests
 * @param reason of everything that is not PASSED; one line
 */
record TestOutcome(Status status, String id, long millis, String reason) {
  enum Status {
    PASSED,
    FAILED,
    OUT_OF_SCOPE,
    SKIPPED
  }

  String toLine() {
    return status + "\t" + id + "\t" + millis + "\t" + reason;
  }

  static TestOutcome parse(String line) {
    String[] fields = line.split("\t", 4);
    return new TestOutcome(
        Status.valueOf(fields[0]), fields[1], Long.parseLong(fields[2]), fields[3]);
  }
}
