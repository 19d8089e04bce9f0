package dev.naru.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void columnsAreAlignedAndNumbersStandAtTheRight() {
    FakeTerminal terminal = new FakeTerminal("");
    new Table("TOPIC", "LAG", "MEMBER")
        .row("orders", 5, "a")
        .row("t", 12_345, null)
        .row("x", null, "b")
        .print(terminal.terminal().out(), " ");
    assertEquals(
        """
         TOPIC     LAG  MEMBER
         orders      5  a
         t       12345  -
         x           -  b
        """
            .indent(0),
        terminal.out());
  }
}
