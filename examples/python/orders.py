"""The orders that the examples send, and the table in which they end."""

import json
import sqlite3

SHOPS = 7


def order(number):
    """Order NUMBER: the shop that it belongs to, which is its key, and the order itself as JSON."""
    shop = f"shop-{number % SHOPS}"
    fields = {
        "order": number,
        "shop": shop,
        "product": f"product-{number % 97}",
        "amount": 100 + number * 37 % 9_900,
    }
    return shop, json.dumps(fields)


class OrdersTable:
    """A table in a file of SQLite. Several processes may write it.

    An order's number is its key. After a crash orders come again, those since the last commit of offsets; they
    are in the table already, and nothing is counted twice.
    """

    def __init__(self, path):
        self._connection = sqlite3.connect(path, timeout=30)
        with self._connection:
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, shop TEXT, product TEXT, amount INTEGER,"
                " client TEXT, in_partition INTEGER, at_offset INTEGER)"
            )

    def keep(self, records):
        """Puts (key, value, headers, partition, offset) records on disk, all of them or none. Returns how many were new."""
        rows = []
        for key, value, headers, partition, offset in records:
            fields = json.loads(value)
            client = dict(headers or ()).get("client", b"").decode()
            rows.append((fields["order"], key.decode(), fields["product"], fields["amount"], client, partition, offset))
        with self._connection:
            before = self._connection.total_changes
            self._connection.executemany("INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            return self._connection.total_changes - before

    def close(self):
        self._connection.close()
