package dev.naru.proving.bench.report;

import dev.naru.proving.bench.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Draws outcomes into a folder, one file for each {@link Chart} that has something to show. */
public final class Charts {
  private Charts() {}

  public static void write(Path folder, Machine machine, List<Outcome> outcomes)
      throws IOException {
    Files.createDirectories(folder);
    for (Chart chart : Chart.ALL) {
      String picture = chart.draw(machine, outcomes);
      if (!picture.isEmpty()) {
        Files.writeString(folder.resolve(chart.file()), picture, StandardCharsets.UTF_8);
      }
    }
  }
}
