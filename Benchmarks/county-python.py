#!/usr/bin/env python3
"""Loads a county's accounts the plain way: unpack to disk, a Python object a row, upserts of 5,000.

    python3 Benchmarks/county-python.py ARCHIVE.zip URL [--stream] [--rows N]

What Benchmarks/county.sh is compared with: the process that many such imports are. The archive is unpacked
into a temporary directory, its one file parsed into objects whose values are typed by the layout of the
example, and the objects are upserted by key into PostgreSQL in batches. `--stream` holds one batch of
objects at a time instead of all of them. Needs psycopg2. Prints one line: rows, seconds, rows a second,
the most memory.
"""

import argparse
import csv
import dataclasses
import datetime
import decimal
import itertools
import os
import re
import resource
import tempfile
import time
import zipfile

import psycopg2
import psycopg2.extras

LAYOUT = os.path.join(os.path.dirname(__file__), "../Examples/hcad/layouts/real_acct.yaml")
NULL_DATE = "12/30/1899"
BATCH = 5000


def parse_date(text):
    return None if text == NULL_DATE else datetime.datetime.strptime(text, "%m/%d/%Y").date()


def parse_boolean(text):
    return {"Y": True, "N": False}[text]


PARSERS = {
    "text": (str, "text"),
    "integer": (int, "bigint"),
    "decimal": (decimal.Decimal, "numeric"),
    "double": (float, "double precision"),
    "boolean": (parse_boolean, "boolean"),
    "date": (parse_date, "date"),
}


def read_layout(path):
    """The columns' names and types, as far as this file says them in one line each."""
    lines = open(path, encoding="utf-8").read().split("columns:\n")[1].splitlines()
    columns = []
    for line in lines:
        name, rules = line.strip().split(": ", 1)
        kind = re.search(r"type: *\"?(\w+)", rules) if rules.startswith("{") else re.match(r"(\w+)", rules)
        columns.append((name.lower(), kind.group(1) if kind else "text"))
    return columns


def records(path, columns, Record):
    """An object a row; raises at a row that does not fit."""
    with open(path, encoding="latin-1", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = [name.lower() for name in next(reader)]
        types = dict(columns)
        parsers = [(name, PARSERS[types[name]][0]) for name in header]
        for row in reader:
            if len(row) != len(header):
                raise ValueError(f"{path}:{reader.line_num}: {len(row)} columns instead of {len(header)}")
            values = {}
            for (name, parse), text in zip(parsers, row):
                text = text.strip()
                values[name] = parse(text) if text else None
            yield Record(**values)


def bulk_upsert(connection, records, columns, batch_size=BATCH):
    names = [name for name, _ in columns]
    updates = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in names if name != "acct")
    quoted = ", ".join(f'"{name}"' for name in names)
    statement = f"INSERT INTO accounts ({quoted}) VALUES %s ON CONFLICT (acct) DO UPDATE SET {updates}"
    count, iterator = 0, iter(records)
    with connection.cursor() as cursor:
        while batch := list(itertools.islice(iterator, batch_size)):
            rows = [tuple(getattr(record, name) for name in names) for record in batch]
            psycopg2.extras.execute_values(cursor, statement, rows, page_size=batch_size)
            connection.commit()
            count += len(batch)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("url")
    parser.add_argument("--stream", action="store_true", help="hold one batch of objects, not all")
    parser.add_argument("--rows", type=int, help="stop after so many")
    arguments = parser.parse_args()

    started = time.monotonic()
    columns = read_layout(LAYOUT)
    Record = dataclasses.make_dataclass("PropertyRecord", [name for name, _ in columns])
    connection = psycopg2.connect(arguments.url)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS accounts")
        definitions = ", ".join(f'"{name}" {PARSERS[kind][1]}' for name, kind in columns)
        cursor.execute(f"CREATE TABLE accounts ({definitions}, PRIMARY KEY (acct))")
    connection.commit()

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(arguments.archive) as archive:
            path = archive.extract(archive.namelist()[0], folder)
        found = itertools.islice(records(path, columns, Record), arguments.rows)
        count = bulk_upsert(connection, found if arguments.stream else list(found), columns)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} rows, {seconds:.1f} s, {count / seconds:.0f} rows/s, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
