package dev.naru.broker.group;

import java.util.List;
import org.apache.kafka.common.acl.AclOperation;

/** What may be done to a group where nobody is refused anything, as the protocol's bit field. */
final class GroupOperations {
  static final int ALL = bits();

  private GroupOperations() {}

  private static int bits() {
    int bits = 0;
    for (AclOperation operation :
        List.of(
            AclOperation.READ,
            AclOperation.DESCRIBE,
            AclOperation.DELETE,
            AclOperation.DESCRIBE_CONFIGS,
            AclOperation.ALTER_CONFIGS)) {
      bits |= 1 << operation.code();
    }
    return bits;
  }
}
