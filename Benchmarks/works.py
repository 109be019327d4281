#!/usr/bin/env python3
"""Works of pipelines beside the databases' own commands: seconds, processor seconds and peak memory.

    Benchmarks/works.py FOLDER --duckdb COMMAND [--postgresql URL --postmaster PID]
                        [--rounds 2] [--only upsert,distinct] [--memory 512MiB]

FOLDER has people.csv, changes.csv (some of the same ids, some new) and people_dup.csv (some rows twice).
Runs take turns. What each made is compared: a figure is given only when both have the same rows.
"""

import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
CATCHMENT = REPOSITORY / ".build/release/catchment"
TABLE = """id bigint, uid text, first_name text, last_name text, email text, created_at text,
  amount double precision, category text, score double precision, notes text"""
SUM = "count(*), sum(id), sum((amount * 100)::BIGINT), count(score), sum(length(last_name))"


class Bench:
    def __init__(self, options):
        self.options = options
        self.folder = os.path.abspath(options.folder)
        self.people, self.changes = f"{self.folder}/people.csv", f"{self.folder}/changes.csv"
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="works", dir=options.scratch))
        self.kept = self.work / "kept"
        self.kept.mkdir()
        self.place = self.work / "place"

    def duck(self, sql, database=""):
        return [self.options.duckdb, *([database] if database else []), "-c", sql]

    def ask(self, sql, database=""):
        said = subprocess.run(
            [self.options.duckdb, *([database] if database else []), "-noheader", "-list", "-c", sql],
            check=True, stdout=subprocess.PIPE, text=True)
        return said.stdout.strip()

    def psql(self, sql):
        said = subprocess.run(
            ["psql", "-qAt", self.options.postgresql, "-c", sql], check=True, stdout=subprocess.PIPE, text=True)
        return said.stdout.strip()

    def catchment(self, *arguments):
        return [str(CATCHMENT), "run", *arguments, "--home", "home", "--memory", self.options.memory, "--quiet"]

    def pipeline(self, name, text):
        path = self.work / f"{name}.yaml"
        path.write_text(f"version: 1\nname: {name}\n{text}")
        return str(path)

    def server(self):
        """Processor seconds of the server's backends that ended."""
        if not self.options.postmaster:
            return 0.0
        fields = pathlib.Path(f"/proc/{self.options.postmaster}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def run(self, command):
        """Seconds, processor seconds (with the server's), and the peak in MiB."""
        os.sync()
        before, began = self.server(), time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=self.place)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        if process.returncode:
            sys.exit(f"{command} ended with {process.returncode}")
        time.sleep(0.3)  # until the backend has ended, whose time counts then
        return seconds, used.ru_utime + used.ru_stime + self.server() - before, used.ru_maxrss / 1024

    def enter(self, name=None):
        """An empty folder of its own, or one as it was left after what came before."""
        shutil.rmtree(self.place, ignore_errors=True)
        if name:
            shutil.copytree(self.kept / name, self.place)
        else:
            self.place.mkdir()

    def keep(self, name, command):
        """What a command leaves is where each run of a work begins."""
        if not (self.kept / name).exists():
            self.enter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.place)
            shutil.copytree(self.place, self.kept / name)


def table(bench):
    """CSV into a table of DuckDB"""
    check = lambda: bench.ask(f"SELECT {SUM} FROM people", "out.duckdb")
    yield "duckdb", bench.duck(f"CREATE TABLE people AS FROM read_csv('{bench.people}')", "out.duckdb"), check
    yield "catchment", bench.catchment(bench.people, "duckdb:out.duckdb", "--table", "people"), check


def parquet(bench):
    """CSV into Parquet, zstd"""
    check = lambda: bench.ask(f"SELECT {SUM} FROM '{bench.place}/out.parquet'")
    copy = f"COPY (FROM read_csv('{bench.people}')) TO 'out.parquet' (FORMAT parquet, COMPRESSION zstd)"
    yield "duckdb", bench.duck(copy), check
    yield "catchment", bench.catchment(bench.people, "out.parquet"), check


def sqlite(bench):
    """CSV into a table of SQLite"""
    check = lambda: subprocess.run(
        ["sqlite3", str(bench.place / "out.db"),
         "SELECT count(*), sum(id), sum(CAST(round(amount * 100) AS INTEGER)), sum(length(last_name)) FROM people"],
        check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    columns = TABLE.replace("double precision", "real").replace("bigint", "integer")
    yield "sqlite3", ["sqlite3", "out.db", f"CREATE TABLE people ({columns})",
                      f".import --csv --skip 1 {bench.people} people"], check
    yield "catchment", bench.catchment(bench.people, "sqlite:out.db", "--table", "people"), check


def postgresql(bench):
    """CSV into a table of PostgreSQL, with the server's processor time"""
    check = lambda: bench.psql(
        "SELECT count(*), sum(id), sum(round(amount * 100)::bigint), count(score), sum(length(last_name)) FROM works.people")
    bench.psql(f"DROP SCHEMA IF EXISTS works CASCADE; CREATE SCHEMA works; CREATE TABLE works.people ({TABLE})")
    yield "psql", ["psql", "-q", bench.options.postgresql, "-c",
                   f"\\copy works.people FROM '{bench.people}' (FORMAT csv, HEADER)"], check
    bench.psql("DROP SCHEMA works CASCADE")
    yield "catchment", bench.catchment(
        bench.people, f"{bench.options.postgresql}?schema=works", "--table", "people"), check


def upsert(bench):
    """Changes by id into a table of DuckDB"""
    check = lambda: bench.ask(f"SELECT {SUM} FROM people", "out.duckdb")
    typed = "read_csv('{}', types = {{'created_at': 'VARCHAR'}})"
    bench.keep("duckdb", bench.duck(f"CREATE TABLE people AS FROM {typed.format(bench.people)}", "out.duckdb"))
    bench.enter("duckdb")
    yield "duckdb", bench.duck(
        f"BEGIN; CREATE TEMP TABLE c AS FROM {typed.format(bench.changes)}; "
        "DELETE FROM people USING c WHERE people.id = c.id; INSERT INTO people FROM c; COMMIT", "out.duckdb"), check
    load = f"load: {{ duckdb: {{ path: {bench.place}/out.duckdb, table: people, mode: merge, key: id }} }}"
    yield from merge(bench, "catchment", load, check)


def upsert_postgresql(bench):
    """Changes by id into a table of PostgreSQL with a primary key, with the server's processor time"""
    check = lambda: bench.psql("SELECT count(*), sum(id), sum(round(amount * 100)::bigint) FROM works.people")
    bench.psql(f"DROP SCHEMA IF EXISTS works CASCADE; CREATE SCHEMA works; CREATE TABLE works.people ({TABLE}, PRIMARY KEY (id))")
    subprocess.run(["psql", "-q", bench.options.postgresql, "-c",
                    f"\\copy works.people FROM '{bench.people}' (FORMAT csv, HEADER)"], check=True)
    bench.psql("VACUUM ANALYZE works.people")
    columns = [re.split(r"\s+", part.strip())[0] for part in TABLE.split(",")]
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
    yield "psql", ["psql", "-q", bench.options.postgresql, "-c", "BEGIN", "-c",
                   "CREATE TEMP TABLE c (LIKE works.people)", "-c",
                   f"\\copy c FROM '{bench.changes}' (FORMAT csv, HEADER)", "-c",
                   f"INSERT INTO works.people SELECT * FROM c ON CONFLICT (id) DO UPDATE SET {update}",
                   "-c", "COMMIT"], check
    bench.psql("DROP SCHEMA works CASCADE")
    load = f"load: {{ postgresql: {{ url: '{bench.options.postgresql}?schema=works', table: people, mode: merge, key: id }} }}"
    yield from merge(bench, "", load, check)
    bench.psql("DROP SCHEMA works CASCADE")


def merge(bench, kept, load, check):
    """The people first, then the changes: two files of one pipeline."""
    extract = "extract: { csv: { path: '%s', types: { created_at: VARCHAR } } }\n"
    first = bench.pipeline("first", extract % bench.people + load)
    second = bench.pipeline("second", extract % bench.changes + load)
    if kept:
        bench.keep(kept, bench.catchment(first))
        bench.enter(kept)
    else:
        bench.enter()
        subprocess.run(bench.catchment(first), check=True, stdout=subprocess.DEVNULL, cwd=bench.place)
        bench.psql("VACUUM ANALYZE works.people")
    yield "catchment", bench.catchment(second), check


def distinct(bench):
    """Rows that are there twice left out, CSV to CSV"""
    source = f"{bench.folder}/people_dup.csv"
    check = lambda: bench.ask(f"SELECT {SUM} FROM read_csv('{bench.place}/out.csv')")
    yield "duckdb", bench.duck(
        f"COPY (SELECT DISTINCT * FROM read_csv('{source}', all_varchar = true)) TO 'out.csv' (FORMAT csv, HEADER)"), check
    text = f"extract: {{ csv: {{ path: '{source}', text: true }} }}\ntransform: [ {{ deduplicate: {{}} }} ]\n"
    yield "catchment", bench.catchment(
        bench.pipeline("distinct", text + f"load: {{ csv: {{ path: {bench.place}/out.csv, mode: replace }} }}")), check


def outliers(bench):
    """Rows with an amount far from the others' of their category, CSV to Parquet"""
    check = lambda: bench.ask(f"SELECT count(*), sum(id) FROM '{bench.place}/out.parquet'")
    copy = f"""
      CREATE TEMP TABLE p AS FROM read_csv('{bench.people}');
      COPY (WITH s AS (SELECT category, avg(amount) m, stddev_samp(amount) d, quantile_cont(amount, 0.25) a,
          quantile_cont(amount, 0.75) b FROM p GROUP BY 1)
        SELECT p.*, (amount - m) / d AS z FROM p JOIN s USING (category)
        WHERE abs((amount - m) / d) > 3 OR amount < a - 1.5 * (b - a) OR amount > b + 1.5 * (b - a))
        TO 'out.parquet' (FORMAT parquet, COMPRESSION zstd)"""
    yield "duckdb", bench.duck(copy), check
    text = f"""extract: {{ csv: {{ path: '{bench.people}' }} }}
transform: [ {{ sql: "WITH s AS (SELECT category, avg(amount) m, stddev_samp(amount) d, quantile_cont(amount, 0.25) a,
  quantile_cont(amount, 0.75) b FROM input GROUP BY 1) SELECT input.*, (amount - m) / d AS z FROM input JOIN s USING (category)
  WHERE abs((amount - m) / d) > 3 OR amount < a - 1.5 * (b - a) OR amount > b + 1.5 * (b - a)" }} ]
load: {{ parquet: {{ path: {bench.place}/out.parquet, mode: replace }} }}"""
    yield "catchment", bench.catchment(bench.pipeline("outliers", text)), check


WORKS = {
    "table": table, "parquet": parquet, "sqlite": sqlite, "postgresql": postgresql, "upsert": upsert,
    "upsert-postgresql": upsert_postgresql, "distinct": distinct, "outliers": outliers,
}


def round_of(bench, work):
    """What each command of a work took; ends the program when they do not agree."""
    answers, figures = set(), {}
    bench.enter()
    for name, command, check in work(bench):
        figures[name] = bench.run(command)
        os.chdir(bench.place)
        answers.add(check())
        os.chdir(bench.work)
        bench.enter()
    if len(answers) != 1:
        sys.exit(f"{work.__doc__}: the rows differ: {answers}")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--duckdb", required=True)
    parser.add_argument("--postgresql")
    parser.add_argument("--postmaster", type=int)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only")
    parser.add_argument("--memory", default="512MiB")
    parser.add_argument("--scratch")
    options = parser.parse_args()
    os.environ["PGOPTIONS"] = "-c client_min_messages=warning"
    bench = Bench(options)
    try:
        for name, work in WORKS.items():
            if options.only and name not in options.only.split(","):
                continue
            if "postgresql" in name and not options.postgresql:
                continue
            rounds = [round_of(bench, work) for _ in range(options.rounds)]
            print(work.__doc__)
            for tool in rounds[0]:
                columns = zip(*(figures[tool] for figures in rounds))
                seconds, spent, peak = (statistics.median(column) for column in columns)
                print(f"  {tool:10} {seconds:7.2f} s {spent:7.2f} CPU s {peak:7.0f} MiB", flush=True)
    finally:
        shutil.rmtree(bench.work)


if __name__ == "__main__":
    main()
