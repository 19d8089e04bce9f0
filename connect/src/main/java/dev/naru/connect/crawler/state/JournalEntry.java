package dev.naru.connect.crawler.state;

import dev.naru.connect.crawler.frontier.Outcome;
import dev.naru.connect.crawler.state.FoundUrl.Kind;
import dev.naru.connect.crawler.state.FoundUrl.Validators;
import dev.naru.connect.crawler.url.CanonicalUrl;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One entry of the journal, and its bytes. */
public sealed interface JournalEntry {
  /**
   * The first entry of a journal: which round of crawling it is, and when that began (wall clock).
   */
  record Round(int number, long startedAtMs) implements JournalEntry {}

  /** An address joined the frontier. */
  record Found(FoundUrl url) implements JournalEntry {}

  /** The address found at {@code ref} is dealt with. */
  record Done(long ref, Outcome outcome, Validators learned) implements JournalEntry {}

  /** The round is over (wall clock). */
  record Finished(long atMs) implements JournalEntry {}

  default byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(160);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out);
    } catch (IOException cannotHappenInMemory) {
      throw new UncheckedIOException(cannotHappenInMemory);
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out) throws IOException {
    if (this instanceof Round round) {
      out.writeByte(0);
      out.writeInt(round.number());
      out.writeLong(round.startedAtMs());
    } else if (this instanceof Found found) {
      out.writeByte(1);
      writeFound(out, found.url());
    } else if (this instanceof Done done) {
      out.writeByte(2);
      out.writeLong(done.ref());
      out.writeUTF(done.outcome().name());
      writeValidators(out, done.learned());
    } else if (this instanceof Finished finished) {
      out.writeByte(3);
      out.writeLong(finished.atMs());
    }
  }

  private static void writeFound(DataOutputStream out, FoundUrl url) throws IOException {
    out.writeUTF(url.url().toString());
    out.writeInt(url.depth());
    writeText(out, url.referrer());
    writeText(out, url.redirectedFrom());
    out.writeShort(url.redirects());
    out.writeBoolean(url.seed());
    out.writeUTF(url.kind().name());
    writeValidators(out, url.last());
  }

  private static void writeValidators(DataOutputStream out, Validators v) throws IOException {
    out.writeBoolean(v != null);
    if (v != null) {
      writeText(out, v.etag());
      writeText(out, v.lastModified());
      out.writeLong(v.contentHash());
    }
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    out.writeUTF(text == null ? "" : text);
  }

  /** The entry that these bytes are; throws when they are none, with a reason. */
  static JournalEntry decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int type = in.readUnsignedByte();
      return switch (type) {
        case 0 -> new Round(in.readInt(), in.readLong());
        case 1 -> new Found(readFound(in));
        case 2 -> new Done(in.readLong(), Outcome.valueOf(in.readUTF()), readValidators(in));
        case 3 -> new Finished(in.readLong());
        default -> throw new IllegalArgumentException("unknown journal entry type " + type);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("journal entry is cut short", e);
    }
  }

  private static FoundUrl readFound(DataInputStream in) throws IOException {
    String text = in.readUTF();
    CanonicalUrl url =
        CanonicalUrl.parse(text)
            .orElseThrow(() -> new IllegalArgumentException("not an address: " + text));
    return new FoundUrl(
        url,
        in.readInt(),
        readText(in),
        readText(in),
        in.readUnsignedShort(),
        in.readBoolean(),
        Kind.valueOf(in.readUTF()),
        readValidators(in));
  }

  private static Validators readValidators(DataInputStream in) throws IOException {
    return in.readBoolean() ? new Validators(readText(in), readText(in), in.readLong()) : null;
  }

  private static String readText(DataInputStream in) throws IOException {
    String text = in.readUTF();
    return text.isEmpty() ? null : text;
  }
}
