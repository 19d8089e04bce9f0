package dev.naru.connect.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.naru.connect.TaskContexts;
import dev.naru.connect.common.Pause;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("once")
class FilesSourceTest {
  private static final long LOOK_MS = 1_000;
  @TempDir Path folder;
  private Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
  private FilesSourceTask task;
  private long nowMs;

  @AfterEach
  void stop() {
    if (task != null) {
      task.stop();
    }
  }

  private void run(String... options) {
    stop();
    Map<String, String> props = TaskContexts.options(options);
    props.putIfAbsent("files.folder", folder.toString());
    props.putIfAbsent("files.quiet.ms", "3600000");
    props.put("topic", "lines");
    task =
        new FilesSourceTask(
            () -> nowMs,
            new Pause() {
              @Override
              public boolean await(long ms) {
                return isStopped();
              }
            });
    task.initialize(TaskContexts.source(offsets));
    task.start(props);
  }

  private List<SourceRecord> poll() {
    try {
      List<SourceRecord> records = task.poll();
      return records == null ? List.of() : records;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void sent(SourceRecord record) {
    offsets.put(record.sourcePartition(), record.sourceOffset());
    task.commitRecord(record, null);
  }

  /** Everything that there is now, after a look at the folder; Connect has it. */
  private List<SourceRecord> drain() {
    nowMs += LOOK_MS;
    List<SourceRecord> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      List<SourceRecord> records = poll();
      records.forEach(this::sent);
      all.addAll(records);
    }
    return all;
  }

  private static List<Object> values(List<SourceRecord> records) {
    return records.stream().map(SourceRecord::value).toList();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void append(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text, StandardOpenOption.APPEND);
  }

  /** Makes a file look as if nobody had written to it for long. */
  private void rest(String name) throws IOException {
    Files.setLastModifiedTime(folder.resolve(name), FileTime.fromMillis(1_000_000));
  }

  @Test
  void csvHasColumnsTypesAndKeys() throws IOException {
    write(
        "a.csv",
        "\uFEFFid,name,price,ok,note\r\n1,\"Kim, \"\"J\"\"\",2.5,true,\r\n2,\"two\nlines\",,0,\"\"\r\n");
    run("format", "csv", "csv.types", "id:int64,price:float64,ok:boolean", "key.field", "id");
    List<SourceRecord> records = drain();
    Struct first = (Struct) records.get(0).value();
    assertEquals(1L, first.get("id"));
    assertEquals("Kim, \"J\"", first.get("name"));
    assertEquals(2.5, first.get("price"));
    assertEquals(true, first.get("ok"));
    assertEquals(null, first.get("note"));
    Struct second = (Struct) records.get(1).value();
    assertEquals("two\nlines", second.get("name"));
    assertEquals(null, second.get("price"));
    assertEquals(false, second.get("ok"));
    assertEquals("", second.get("note"));
    assertEquals("2", records.get(1).key());
    assertEquals(2, records.size());
  }

  @Test
  void otherKindsOfCsv() throws IOException {
    write("a.tsv", "1\tx\n");
    run("format", "csv", "csv.separator", "\\t", "csv.header", "false", "csv.columns", "n,t");
    assertEquals("x", ((Struct) drain().get(0).value()).get("t"));
  }

  @Test
  void jsonLinesAndPlainLines() throws IOException {
    write("a.jsonl", "{\"id\":7,\"x\":[1]}\n\n\"text\"\n");
    run("format", "jsonl");
    assertEquals(List.of(Map.of("id", 7L, "x", List.of(1L)), "text"), values(drain()));
    offsets = new HashMap<>();
    run("format", "lines");
    assertEquals(List.of("{\"id\":7,\"x\":[1]}", "", "\"text\""), values(drain()));
  }

  @Test
  void aFileThatGrowsIsReadOnAndAHalfLineWaits() throws IOException {
    write("a.log", "one\ntw");
    run("format", "lines");
    assertEquals(List.of("one"), values(drain()));
    append("a.log", "o\nthree");
    assertEquals(List.of("two"), values(drain()));
    assertEquals(List.of(), values(drain()));
    rest("a.log");
    run("format", "lines", "files.quiet.ms", "1000");
    assertEquals(List.of("three"), values(drain()), "nobody has written to it for a while");
    assertEquals(List.of(), values(drain()));
  }

  @Test
  void noLineIsLostOrRepeatedWhereverItStops() throws IOException {
    write("a.csv", "n,t\n1,x\n2,\"a\nb\"\n3,y\n");
    write("b.csv", "n,t\n4,x\n5,y\n");
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("c.csv.gz")))) {
      out.write("n,t\n6,x\n7,\"a\nb\"\n8,y\n".getBytes(StandardCharsets.UTF_8));
    }
    for (int sent = 0; sent <= 8; sent++) {
      offsets = new HashMap<>();
      nowMs += LOOK_MS;
      List<Object> all = new ArrayList<>();
      run("format", "csv", "csv.types", "n:int32", "batch.rows", "2");
      while (all.size() < sent) {
        for (SourceRecord record : poll()) {
          if (all.size() < sent) {
            sent(record);
            all.add(((Struct) record.value()).get("n"));
          }
        }
      }
      run("format", "csv", "csv.types", "n:int32", "batch.rows", "2");
      drain().forEach(record -> all.add(((Struct) record.value()).get("n")));
      assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8), all, "stopped after " + sent);
    }
  }

  @Test
  void anotherFileOfTheSameNameIsReadFromTheStart() throws IOException {
    write("a.csv", "n\n1\n2\n");
    run("format", "csv");
    assertEquals(2, drain().size());
    write("a.csv", "n\n3\n4\n5\n");
    assertEquals(3, drain().size(), "the same beginning, but other lines after it");
    write("a.csv", "n\n6\n");
    run("format", "csv");
    assertEquals(1, drain().size(), "a shorter one, after a restart");
  }

  @Test
  void whatWasReadIsMovedOnceTheTopicHasIt() throws IOException {
    Path done = folder.resolve("done");
    write("a.csv", "n\n1\n");
    rest("a.csv");
    String[] options = {
      "format",
      "csv",
      "files.after",
      "move",
      "files.done.folder",
      done.toString(),
      "files.quiet.ms",
      "1000"
    };
    run(options);
    nowMs += LOOK_MS;
    List<SourceRecord> records = poll();
    assertEquals(1, records.size());
    nowMs += LOOK_MS;
    poll();
    assertTrue(Files.exists(folder.resolve("a.csv")), "its record is still on its way");
    sent(records.get(0));
    drain();
    assertFalse(Files.exists(folder.resolve("a.csv")));
    assertEquals("n\n1\n", Files.readString(done.resolve("a.csv")));
    write("a.csv", "n\n1\n");
    rest("a.csv");
    assertEquals(1, drain().size(), "the next one of this name is another one");
    drain();
    assertTrue(Files.exists(done.resolve("a.csv.1")));
  }

  @Test
  void whatWasReadIsDeletedIfWanted() throws IOException {
    write("a.csv", "n\n1");
    rest("a.csv");
    run("format", "csv", "files.after", "delete", "files.quiet.ms", "1000");
    assertEquals(1, drain().size());
    drain();
    assertFalse(Files.exists(folder.resolve("a.csv")));
  }

  @Test
  void aBrokenLineEndsTheTaskAfterWhatComesBeforeIt() throws IOException {
    write("a.csv", "n,t\n1,x\n2\n3,y\n");
    run("format", "csv");
    nowMs += LOOK_MS;
    List<SourceRecord> records = poll();
    assertEquals(1, records.size());
    ConnectException e = assertThrows(ConnectException.class, this::poll);
    assertEquals("File a.csv, line 3: it has 1 columns instead of 2.", e.getMessage());
  }

  @Test
  void brokenLinesAreLeftOutOrGoToATopic() throws IOException {
    Files.write(
        folder.resolve("a.csv"),
        "n,t\n1,x\n2\nz,y\n4,\"open\n5,v\n6,\"a\"b\n7,\u00e9\n8,w\n"
            .getBytes(StandardCharsets.ISO_8859_1));
    run("format", "csv", "csv.types", "n:int32", "bad.lines", "skip", "record.bytes.max", "16");
    assertEquals(
        List.of(1, 5, 8), drain().stream().map(r -> ((Struct) r.value()).get("n")).toList());
    offsets = new HashMap<>();
    run(
        "format",
        "csv",
        "csv.types",
        "n:int32",
        "bad.lines",
        "topic",
        "bad.lines.topic",
        "bad",
        "record.bytes.max",
        "16");
    List<SourceRecord> bad = drain().stream().filter(r -> r.topic().equals("bad")).toList();
    assertEquals(
        List.of(
            "File a.csv, line 3: it has 1 columns instead of 2.",
            "File a.csv, line 4: it has 'z' in the column n, which is no int32.",
            "File a.csv, line 5: it has a quote that is not closed within 16 bytes.",
            "File a.csv, line 7: it has something after a closing quote, at character 6.",
            "File a.csv, line 8: it is not UTF-8."),
        bad.stream().map(r -> r.headers().lastWithName("naru.error").value()).toList());
    assertEquals("2", bad.get(0).value());
    assertEquals(3L, bad.get(0).headers().lastWithName("naru.line").value());
  }

  @Test
  void aLineThatIsTooLongIsPassedBy() throws IOException {
    write("a.log", "short\n" + "x".repeat(300_000) + "\nnext\n");
    run("format", "lines", "bad.lines", "skip", "record.bytes.max", "1000");
    assertEquals(List.of("short", "next"), values(drain()));
  }

  @Test
  void whatIsCompressedAndCutOffWaitsForTheRest() throws IOException {
    Path whole = folder.resolveSibling("whole.gz");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      text.append("line ").append(i * 31 % 9973).append('\n');
    }
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(whole))) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    byte[] bytes = Files.readAllBytes(whole);
    Files.delete(whole);
    Files.write(folder.resolve("a.gz"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
    run("format", "lines", "batch.rows", "10000");
    int first = drain().size();
    assertTrue(first > 0 && first < 50_000, "lines of the half: " + first);
    Files.write(folder.resolve("a.gz"), bytes);
    assertEquals(50_000, first + drain().size());
  }

  @Test
  void aFolderThatIsNotThereIsWaitedFor() throws IOException {
    Path later = folder.resolve("later");
    run("format", "lines", "files.folder", later.toString());
    RetriableException e = assertThrows(RetriableException.class, this::poll);
    assertTrue(e.getMessage().contains("cannot be read"), e.getMessage());
    Files.createDirectory(later);
    Files.writeString(later.resolve("a"), "x\n");
    assertEquals(List.of("x"), values(drain()));
  }

  @Test
  void tasksShareTheFilesThatThePatternNames() throws IOException {
    for (int i = 0; i < 20; i++) {
      write("f" + i + ".log", i + "\n");
    }
    write("other.txt", "no\n");
    List<Object> all = new ArrayList<>();
    for (String number : List.of("0", "1")) {
      run(
          "format",
          "lines",
          "files.pattern",
          "*.log",
          FilesSourceConfig.TASK,
          number,
          FilesSourceConfig.TASKS,
          "2");
      List<Object> share = values(drain());
      assertTrue(share.size() > 1 && share.size() < 19, "share: " + share);
      all.addAll(share);
    }
    assertEquals(20, all.stream().distinct().count());
    assertEquals(20, all.size());
  }

  @Test
  void mistakesOfOptionsAreSaid() {
    assertThrows(ConfigException.class, () -> run("format", "csv", "csv.header", "false"));
    assertThrows(ConfigException.class, () -> run("format", "csv", "csv.types", "id:money"));
    assertThrows(ConfigException.class, () -> run("format", "csv", "csv.separator", "ab"));
    assertThrows(ConfigException.class, () -> run("format", "lines", "files.pattern", "{"));
    assertThrows(ConfigException.class, () -> run("format", "lines", "files.after", "move"));
    assertThrows(ConfigException.class, () -> run("format", "lines", "bad.lines", "topic"));
  }
}
