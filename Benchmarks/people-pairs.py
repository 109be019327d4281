#!/usr/bin/env python3
"""people-pairs.py FOUND.csv TRUTH.csv: precision and recall of the pairs that have a cluster in common."""
import collections
import csv
import itertools
import sys

people = collections.defaultdict(list)
with open(sys.argv[1]) as found:
    for row in csv.DictReader(found):
        people[row["person"]].append(int(row["rec_id"]))
pairs = {pair for rows in people.values() for pair in itertools.combinations(sorted(rows), 2)}
with open(sys.argv[2]) as truth:
    true = {tuple(map(int, line)) for line in itertools.islice(csv.reader(truth), 1, None)}
right = len(pairs & true)
precision, recall = right / len(pairs), right / len(true)
f1 = 2 * precision * recall / (precision + recall)
print(f"{len(pairs)} pairs, precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
