package dev.naru.connect.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.naru.connect.common.Secrets;
import dev.naru.connect.jdbc.Dialect.Column;
import java.util.List;
import org.junit.jupiter.api.Test;

class DialectTest {
  private static final TableName TABLE = TableName.of("${topic}", "my.pages");
  private static final List<String> KEYS = List.of("url");
  private static final List<String> COLUMNS = List.of("url", "ti\"t`le");
  private final Dialect postgres = new PostgresDialect();
  private final Dialect mariaDb = new MySqlDialect(true);
  private final Dialect h2 = new H2Dialect();

  @Test
  void upserts() {
    assertEquals(
        "INSERT INTO \"my.pages\" (\"url\", \"ti\"\"t`le\") VALUES (?, ?) ON CONFLICT (\"url\") DO UPDATE SET \"ti\"\"t`le\" = EXCLUDED.\"ti\"\"t`le\"",
        postgres.upsert(TABLE, KEYS, COLUMNS));
    assertEquals(
        "INSERT INTO `my.pages` (`url`, `ti\"t``le`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `ti\"t``le` = VALUES(`ti\"t``le`)",
        mariaDb.upsert(TABLE, KEYS, COLUMNS));
    assertEquals(
        "MERGE INTO \"my.pages\" (\"url\", \"ti\"\"t`le\") KEY (\"url\") VALUES (?, ?)",
        h2.upsert(TABLE, KEYS, COLUMNS));
  }

  @Test
  void upsertsOfNothingButAKeyAreHarmless() {
    assertEquals(
        "INSERT INTO \"my.pages\" (\"url\") VALUES (?) ON CONFLICT (\"url\") DO NOTHING",
        postgres.upsert(TABLE, KEYS, KEYS));
    assertEquals(
        "INSERT INTO `my.pages` (`url`) VALUES (?) ON DUPLICATE KEY UPDATE `url` = VALUES(`url`)",
        mariaDb.upsert(TABLE, KEYS, KEYS));
  }

  @Test
  void updatesAndDeletes() {
    List<String> twoKeys = List.of("a", "b");
    assertEquals(
        "UPDATE \"my.pages\" SET \"c\" = ? WHERE \"a\" = ? AND \"b\" = ?",
        h2.update(TABLE, twoKeys, List.of("a", "b", "c")));
    assertEquals(
        "DELETE FROM \"my.pages\" WHERE \"a\" = ? AND \"b\" = ?", h2.delete(TABLE, twoKeys));
  }

  @Test
  void tablesAreMadeWithTypesThatKeysCanHave() {
    List<Column> columns =
        List.of(
            new Column("url", ColumnType.TEXT, true),
            new Column("text", ColumnType.TEXT, false),
            new Column("at", ColumnType.TIMESTAMP, false));
    assertEquals(
        "CREATE TABLE \"my.pages\" (\"url\" TEXT NOT NULL, \"text\" TEXT, \"at\" TIMESTAMP(3) WITH TIME ZONE, PRIMARY KEY (\"url\"))",
        postgres.create(TABLE, columns));
    assertEquals(
        "CREATE TABLE `my.pages` (`url` VARCHAR(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL, `text` LONGTEXT CHARACTER SET utf8mb4, `at` DATETIME(3), PRIMARY KEY (`url`))",
        mariaDb.create(TABLE, columns));
    assertEquals(
        "CREATE TABLE \"my.pages\" (\"url\" CHARACTER VARYING NOT NULL, \"text\" CHARACTER LARGE OBJECT, \"at\" TIMESTAMP(3) WITH TIME ZONE, PRIMARY KEY (\"url\"))",
        h2.create(TABLE, columns));
  }

  @Test
  void tableNamesHaveTheSchemaOfTheFormatAndNeverOfTheTopic() {
    assertEquals(
        "\"archive\".\"t_a.b\"", TableName.of("archive.t_${topic}", "a.b").quoted(postgres));
    assertEquals(
        "\"x\"\"; DROP TABLE y; --\"",
        TableName.of("${topic}", "x\"; DROP TABLE y; --").quoted(postgres));
    assertThrows(IllegalArgumentException.class, () -> postgres.quote("a\0b"));
    assertThrows(IllegalArgumentException.class, () -> mariaDb.quote(""));
  }

  @Test
  void secretsStayOutOfMessages() {
    assertEquals(
        "jdbc:postgresql://h/db?user=u&password=***&ssl=true",
        Secrets.redacted("jdbc:postgresql://h/db?user=u&password=p&ssl=true"));
    assertEquals(
        "jdbc:h2:mem:x;PASSWORD=***;USER=sa", Secrets.redacted("jdbc:h2:mem:x;PASSWORD=p;USER=sa"));
    assertEquals("jdbc:mariadb://***@h/db", Secrets.redacted("jdbc:mariadb://u:p@h/db"));
  }

  @Test
  void textIsMadeStorable() {
    assertEquals(
        "a\uFFFDb\uFFFD\uD83D\uDE00\uFFFD", SqlText.storable("a\0b\uD800\uD83D\uDE00\uDC00", true));
    assertEquals("a\0b", SqlText.storable("a\0b", false));
  }
}
