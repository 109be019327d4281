#!/usr/bin/env python3
"""Makes a small data set of invented accounts in the layout of Harris County's archives.

    make-data.py FOLDER [--year 2024] [--accounts 300] [--changed 0] [--seed 1]

FOLDER/YEAR gets three ZIP archives. `--changed N` gives every Nth account other values, as a later
week's files have. The same arguments give the same bytes.
"""
import argparse
import os
import random
import re
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHIVES = {
    "Real_acct_owner": ["real_acct", "owners", "deeds", "permits", "real_neighborhood_code"],
    "Real_building_land": ["building_res", "extra_features", "fixtures", "land"],
    "Real_jur_exempt": ["jur_value", "jur_exempt"],
}
# Columns of real_acct that the layout's file names; the others' are read from there too.
NAMES = ["PEÑA JOSÉ", "NGUYEN WEI", "SMITH MARY & ROBERT", 'THE "OAK" TRUST', "MARTíNEZ ANA", "LEE JAMES"]
STREETS = ["MAIN ST", "OAK FOREST DR", "BELLAIRE BLVD", "KATY FWY", "ALMEDA RD"]


def columns(name):
    """The columns of a layout, with their types."""
    with open(os.path.join(HERE, "layouts", name + ".yaml"), encoding="utf-8") as file:
        text = file.read().split("columns:\n")[1]
    return [re.match(r"  (\w+): (.*)", line).groups() for line in text.splitlines()]


def value(rnd, column, kind):
    """An invented value, as the county writes it."""
    if "date" in kind and "type" not in kind:
        return "12/30/1899" if rnd.random() < 0.1 else "%02d/%02d/%d" % (
            rnd.randint(1, 12), rnd.randint(1, 28), rnd.randint(1980, 2023))
    if "nulls" in kind:
        return "0" if rnd.random() < 0.2 else str(rnd.randint(1900, 2023))
    if "decimal" in kind:
        return "%.2f" % (rnd.random() * 90)
    if "integer" in kind:
        return str(rnd.randint(0, 900000))
    if "boolean" in kind:
        return rnd.choice("YN")
    if column in ("mailto", "name"):
        return rnd.choice(NAMES)
    if column in ("site_addr_1", "mail_addr_1"):
        return "%d %s" % (rnd.randint(1, 19999), rnd.choice(STREETS))
    return rnd.choice(["", "A1", "040", "RES", "CAFÉ", "77002"]) + " " * rnd.randint(0, 3)


def row(rnd, name, acct, number, year):
    """A row of a file; `number` counts those of the account."""
    keys = {
        "acct": acct.ljust(25) if name == "building_res" else acct, "yr": str(year),
        "ln_num": str(number), "bld_num": str(number), "num": str(number), "id": "P%d" % number,
        "deed_id": str(number), "type": "T%d" % number, "tax_district": "%03d" % (39 + number),
        "exempt_cat": "HS" if number == 1 else "OV", "cd": acct if name == "real_neighborhood_code" else "RRP%d" % number,
    }
    return [keys.get(c) or value(rnd, c, kind) for c, kind in columns(name)]


def table(name, accounts, args):
    lines = ["\t".join(c for c, _ in columns(name))]
    counts = {"real_acct": 1, "real_neighborhood_code": 1, "building_res": 1}
    for place, acct in enumerate(accounts):
        changed = bool(args.changed) and place % args.changed == 0
        rnd = random.Random("%s %s %s %s" % (args.seed, name, acct, changed))
        for number in range(1, counts.get(name, 2) + 1):
            key = "%d.%02d" % (1000 + place, place % 100) if name == "real_neighborhood_code" else acct
            lines.append("\t".join(row(rnd, name, key, number, args.year)))
    return ("\r\n".join(lines) + "\r\n").encode("cp437")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--year", type=int, default=2024)
    parser.add_argument("--accounts", type=int, default=300)
    parser.add_argument("--changed", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    accounts = ["%013d" % (10010000001 + 7 * n) for n in range(args.accounts)]
    folder = os.path.join(args.folder, str(args.year))
    os.makedirs(folder, exist_ok=True)
    for archive, names in ARCHIVES.items():
        with zipfile.ZipFile(os.path.join(folder, archive + ".zip"), "w", zipfile.ZIP_DEFLATED) as target:
            for name in names:
                entry = zipfile.ZipInfo(name + ".txt", (args.year, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, table(name, accounts, args))


main()
