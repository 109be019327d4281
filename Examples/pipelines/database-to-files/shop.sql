CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, joined DATE);
INSERT INTO customers VALUES (1, 'Ada', '2025-12-24'), (2, 'Bob', '2026-01-31'), (3, 'Eve', NULL);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), total DECIMAL(9,2), day DATE);
INSERT INTO orders VALUES
  (10, 1, 12.50, '2026-01-05'), (11, 1, 30, '2026-02-02'), (12, 2, 4.75, '2026-02-11'),
  (13, 3, 60, '2026-03-08');
