-- The sellers of the shop, and a database of another system, which follows the offers.
CREATE ROLE shop LOGIN PASSWORD 'shop';
CREATE ROLE capture LOGIN REPLICATION PASSWORD 'capture';
CREATE DATABASE shop;
CREATE DATABASE search;

\connect shop
CREATE TABLE sellers (
  seller  TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  country TEXT NOT NULL
);
-- So that a change tells the whole row as it was, not its key alone.
ALTER TABLE sellers REPLICA IDENTITY FULL;
CREATE PUBLICATION shop_changes FOR TABLE sellers;
GRANT SELECT, INSERT, UPDATE, DELETE ON sellers TO shop;
GRANT SELECT ON sellers TO capture;

\connect search
CREATE TABLE offers (
  product     TEXT PRIMARY KEY,
  title       TEXT NOT NULL,
  price_cents INT  NOT NULL,
  stock       INT  NOT NULL,
  seller      TEXT NOT NULL,
  seller_name TEXT NOT NULL,
  country     TEXT NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON offers TO shop;
