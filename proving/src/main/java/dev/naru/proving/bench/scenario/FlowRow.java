package dev.naru.proving.bench.scenario;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * A row of the table that the sink and bare inserts fill: an order, as small as such rows are. What
 * is in it follows from its number.
 *
 * @param id from 0 on
 */
record FlowRow(long id) {
  static final String TABLE = "orders";
  static final String CREATE =
      "CREATE TABLE "
          + TABLE
          + " (id BIGINT PRIMARY KEY, customer TEXT, city TEXT, price DOUBLE PRECISION,"
          + " quantity BIGINT, note TEXT)";
  static final String INSERT =
      "INSERT INTO "
          + TABLE
          + " (id, customer, city, price, quantity, note) VALUES (?, ?, ?, ?, ?, ?)";

  private static final String[] CITIES = {"Kyoto", "Seoul", "Taipei", "Bangkok", "Jakarta"};

  String customer() {
    return "customer-" + id % 50_000;
  }

  String city() {
    return CITIES[(int) (id % CITIES.length)];
  }

  /** Two digits after the point. */
  double price() {
    return (100 + id % 90_000) / 100.0;
  }

  long quantity() {
    return 1 + id % 9;
  }

  String note() {
    return "ordered by way of shop " + id % 700 + ", to be delivered to the door";
  }

  String json() {
    return "{\"id\":"
        + id
        + ",\"customer\":\""
        + customer()
        + "\",\"city\":\""
        + city()
        + "\",\"price\":"
        + price()
        + ",\"quantity\":"
        + quantity()
        + ",\"note\":\""
        + note()
        + "\"}";
  }

  void bind(PreparedStatement insert) throws SQLException {
    insert.setLong(1, id);
    insert.setString(2, customer());
    insert.setString(3, city());
    insert.setDouble(4, price());
    insert.setLong(5, quantity());
    insert.setString(6, note());
  }

  /** The sum of the quantities of the rows before this one. */
  static long quantities(long rows) {
    long sum = 0;
    for (long id = 0; id < rows; id++) {
      sum += new FlowRow(id).quantity();
    }
    return sum;
  }
}
