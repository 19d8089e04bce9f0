-- The products of the shop. One user writes them; another follows the binlog.
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE TABLE shop.products (
  product     VARCHAR(40)  NOT NULL PRIMARY KEY,
  seller      VARCHAR(40)  NOT NULL,
  title       VARCHAR(200) NOT NULL,
  price_cents INT          NOT NULL,
  stock       INT          NOT NULL
);
CREATE USER 'shop'@'127.0.0.1' IDENTIFIED BY 'shop';
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO 'shop'@'127.0.0.1';
CREATE USER 'capture'@'127.0.0.1' IDENTIFIED BY 'capture';
GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, BINLOG MONITOR, SLAVE MONITOR, LOCK TABLES
  ON *.* TO 'capture'@'127.0.0.1';
