package dev.naru.cli.cluster;

import dev.naru.cli.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;

/** The file with the secret that the nodes of a cluster share; made when there is none. */
final class SecretFile {
  private static final int RANDOM_BYTES = 32;
  private static final int BYTES_MAX = 4096;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private SecretFile() {}

  /** The secret, without the white space around it. */
  static String readOrCreate(Path file) {
    try {
      return read(file);
    } catch (NoSuchFileException e) {
      return create(file);
    } catch (IOException e) {
      throw CliException.mistake("--secret-file: cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String read(Path file) throws IOException {
    if (Files.size(file) > BYTES_MAX) {
      throw CliException.mistake(
          "--secret-file: "
              + file
              + " has more than "
              + BYTES_MAX
              + " bytes, and a secret has less");
    }
    requirePrivate(file);
    return Files.readString(file, StandardCharsets.UTF_8).strip();
  }

  private static void requirePrivate(Path file) throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (UnsupportedOperationException e) {
      return; // A file system without them has other ways.
    }
    if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
      throw CliException.mistake(
          "--secret-file: everybody on this machine can read "
              + file
              + "; chmod 600 it, and think about who has seen it");
    }
  }

  /** Nodes that start together on one machine all get the one that came first. */
  private static String create(Path file) {
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    Path absolute = file.toAbsolutePath();
    try {
      Path temporary =
          Files.createTempFile(
              absolute.getParent(),
              ".secret",
              "",
              PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      try {
        Files.writeString(temporary, secret + "\n", StandardCharsets.UTF_8);
        Files.createLink(absolute, temporary);
        return secret;
      } catch (FileAlreadyExistsException e) {
        return read(file);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw CliException.mistake("--secret-file: cannot make " + file + ": " + e.getMessage(), e);
    }
  }
}
