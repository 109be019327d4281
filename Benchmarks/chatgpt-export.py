#!/usr/bin/env python3
"""Writes a ChatGPT export of any size, of text that a seeded generator makes up.

    Benchmarks/chatgpt-export.py MEGABYTES PATH [--seed N] [--repeat PERCENT]

PATH ends in .json for `conversations.json` alone, or in .zip for the whole export: then pictures
of a tenth of its size lie beside it. --repeat writes so many per cent of the conversations twice.
"""
import argparse
import json
import random
import uuid
import zipfile

WORDS = (
    "the of and to in is that for it as was with be by on not he this are or from at which but have "
    "an had they you were their one all we can her has there been if more when will would who so no "
    "river station gauge sample value table column parser record harbour window garden letter music "
    "engine bridge winter market silver number pattern reason answer question example function"
).split()


class Writer:
    """Makes up conversations, each a tree with an edited question now and then."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        # Sentences are made once and put together anew: writing gigabytes is quick then.
        self.sentences = [self.sentence() for _ in range(5_000)]

    def sentence(self):
        words = self.random.choices(WORDS, k=self.random.randint(6, 24))
        if self.random.random() < 0.1:
            words.insert(3, self.random.choice(["\n\n", '"quoted"', "naïve", "`code`", "東京", "\\d+"]))
        return " ".join(words).capitalize() + "."

    def text(self, low, high):
        return " ".join(self.random.choices(self.sentences, k=self.random.randint(low, high)))

    def identity(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def conversation(self):
        time = 1_680_000_000 + self.random.random() * 60_000_000
        mapping = {}
        root = self.identity()
        mapping[root] = {"id": root, "message": None, "parent": None, "children": []}
        above = root
        for turn in range(self.random.randint(1, 30)):
            question = self.add(mapping, above, "user", self.text(1, 6), time + turn * 60)
            answer = self.add(mapping, question, "assistant", self.text(4, 40), time + turn * 60 + 20)
            if self.random.random() < 0.1:
                self.add(mapping, question, "assistant", self.text(4, 40), time + turn * 60 + 30)
            above = answer
        return {
            "title": self.text(1, 1)[:40], "create_time": time, "update_time": time + 3_600,
            "mapping": mapping, "moderation_results": [], "current_node": above,
            "conversation_id": root, "id": root, "default_model_slug": "gpt-4o",
            "is_archived": False, "gizmo_id": None,
        }

    def add(self, mapping, parent, role, text, time):
        name = self.identity()
        metadata = {"message_source": None, "request_id": self.identity()}
        if role == "assistant":
            metadata |= {"model_slug": "gpt-4o", "finish_details": {"type": "stop", "stop_tokens": [200002]}}
        mapping[name] = {
            "id": name, "parent": parent, "children": [],
            "message": {
                "id": name, "author": {"role": role, "name": None, "metadata": {}},
                "create_time": time, "update_time": None,
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully", "end_turn": role == "assistant", "weight": 1.0,
                "metadata": metadata, "recipient": "all", "channel": None,
            },
        }
        mapping[parent]["children"].append(name)
        return name


def write(file, writer, size, repeat):
    """Returns how many conversations were written, and how many of them twice."""
    written = file.write(b"[")
    count = twice = 0
    while written < size:
        text = json.dumps(writer.conversation()).encode()
        copies = 2 if writer.random.random() * 100 < repeat else 1
        for _ in range(copies):
            written += file.write((b", " if count or _ else b"") + text)
        count += 1
        twice += copies - 1
    file.write(b"]")
    return count, twice


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("megabytes", type=float)
    parser.add_argument("path")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=float, default=1)
    options = parser.parse_args()
    writer = Writer(options.seed)
    size = int(options.megabytes * 1_000_000)
    if not options.path.endswith(".zip"):
        with open(options.path, "wb", buffering=1 << 20) as file:
            result = write(file, writer, size, options.repeat)
    else:
        with zipfile.ZipFile(options.path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with archive.open("conversations.json", "w", force_zip64=True) as file:
                result = write(file, writer, size, options.repeat)
            with archive.open("file-1-picture.png", "w", force_zip64=True) as file:
                for _ in range(size // 10 >> 20):
                    file.write(writer.random.randbytes(1 << 20))
    print("%d conversations, %d of them twice" % result)


if __name__ == "__main__":
    main()
