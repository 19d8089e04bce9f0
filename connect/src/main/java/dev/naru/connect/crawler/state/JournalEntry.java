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
  /* The types; 0, 2 and 3 are those of earlier versions. */
  int OLD_ROUND = 0;
  int FOUND = 1;
  int OLD_DONE = 2;
  int OLD_FINISHED = 3;
  int DONE = 4;
  int CONFIRMED = 5;
  int ROOT = 6;
  int BEGAN = 7;

  /** An address joined the frontier. */
  record Found(FoundUrl url) implements JournalEntry {}

  /**
   * The address found at {@code ref} was visited.
   *
   * @param ref where it was found
   * @param hash of the address
   * @param number of the record that must reach the topic before this counts ({@link Confirmed}); 0
   *     when there is none
   * @param outcome what became of the visit
   * @param learned what makes the next visit conditional; null for what the topic does not have
   * @param atMs when it was (wall clock)
   * @param pauseMs how long to wait before the next visit
   */
  record Done(
      long ref,
      long hash,
      long number,
      Outcome outcome,
      Validators learned,
      long atMs,
      long pauseMs)
      implements JournalEntry {}

  /** The topic has the record of this number. */
  record Confirmed(long number) implements JournalEntry {}

  /** A task began: of the numbers above, those that were not confirmed never will be. */
  record Began() implements JournalEntry {}

  /** A seed led to this address, so its surroundings are in scope; another task found that out. */
  record Root(CanonicalUrl url) implements JournalEntry {}

  /** Something that earlier versions wrote and nobody needs any more. */
  record Outdated() implements JournalEntry {}

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
    if (this instanceof Found found) {
      out.writeByte(FOUND);
      writeFound(out, found.url());
    } else if (this instanceof Done done) {
      out.writeByte(DONE);
      out.writeLong(done.ref());
      out.writeLong(done.hash());
      out.writeLong(done.number());
      out.writeUTF(done.outcome().name());
      writeValidators(out, done.learned());
      out.writeLong(done.atMs());
      out.writeLong(done.pauseMs());
    } else if (this instanceof Confirmed confirmed) {
      out.writeByte(CONFIRMED);
      out.writeLong(confirmed.number());
    } else if (this instanceof Root root) {
      out.writeByte(ROOT);
      out.writeUTF(root.url().toString());
    } else if (this instanceof Began) {
      out.writeByte(BEGAN);
    } else {
      throw new IllegalStateException(this + " is not written any more");
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
        case OLD_ROUND, OLD_FINISHED -> new Outdated();
        case FOUND -> new Found(readFound(in));
        case OLD_DONE ->
            new Done(in.readLong(), 0, 0, Outcome.valueOf(in.readUTF()), readValidators(in), 0, 0);
        case DONE ->
            new Done(
                in.readLong(),
                in.readLong(),
                in.readLong(),
                Outcome.valueOf(in.readUTF()),
                readValidators(in),
                in.readLong(),
                in.readLong());
        case CONFIRMED -> new Confirmed(in.readLong());
        case ROOT -> new Root(readUrl(in));
        case BEGAN -> new Began();
        default -> throw new IllegalArgumentException("unknown journal entry type " + type);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("journal entry is cut short", e);
    }
  }

  private static CanonicalUrl readUrl(DataInputStream in) throws IOException {
    String text = in.readUTF();
    return CanonicalUrl.remembered(text)
        .orElseThrow(() -> new IllegalArgumentException("not an address: " + text));
  }

  private static FoundUrl readFound(DataInputStream in) throws IOException {
    return new FoundUrl(
        readUrl(in),
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
