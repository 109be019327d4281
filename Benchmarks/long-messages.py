#!/usr/bin/env python3
"""Writes a ChatGPT export of conversations of two messages of 2,500 made-up words, always the same.

    Benchmarks/long-messages.py CONVERSATIONS conversations.json
"""
import json
import random
import sys

random.seed(4)
words = [str(random.randrange(10**6)) for _ in range(5000)]


def conversation(number):
    begin = 1772400000 + number * 100
    mapping = {"root": {"id": "root", "parent": None, "children": ["n0"], "message": None}}
    for place in range(2):
        mapping[f"n{place}"] = {
            "id": f"n{place}", "parent": "root" if place == 0 else "n0",
            "children": ["n1"] if place == 0 else [],
            "message": {
                "id": f"m{number}-{place}", "author": {"role": ["user", "assistant"][place]},
                "create_time": begin + place, "weight": 1.0,
                "content": {"content_type": "text", "parts": [" ".join(random.choices(words, k=2500))]},
            }}
    return {"id": f"c{number}", "conversation_id": f"c{number}", "title": f"T{number}",
            "create_time": begin, "update_time": begin + 50, "mapping": mapping, "current_node": "n1"}


with open(sys.argv[2], "w") as file:
    file.write("[")
    for number in range(int(sys.argv[1])):
        file.write(("," if number else "") + json.dumps(conversation(number)))
    file.write("]")
