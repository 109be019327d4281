#!/usr/bin/env python3
"""Writes a tree of one platform's files, of text that a seeded generator makes up.

    Benchmarks/platform-trees.py PLATFORM MEGABYTES DIRECTORY

PLATFORM is one of the names in WRITERS below. Every session has ids of its own.
"""
import importlib.util
import json
import os
import sys
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("export", os.path.join(HERE, "chatgpt-export.py"))
export = importlib.util.module_from_spec(spec)
spec.loader.exec_module(export)


class Session:
    """What every platform's session is made of."""

    def __init__(self, writer):
        self.writer = writer
        self.id = writer.identity()
        self.clock = datetime(2026, 3, 1, tzinfo=timezone.utc) + timedelta(
            seconds=writer.random.randrange(10**6))
        self.turns = writer.random.randint(3, 20)

    def now(self):
        self.clock += timedelta(seconds=2)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def milliseconds(self):
        self.now()
        return int(self.clock.timestamp() * 1000)

    def prompt(self):
        return self.writer.text(1, 6)

    def answer(self):
        return self.writer.text(4, 20)

    def output(self):
        return "\n".join(self.writer.random.choices(self.writer.sentences, k=40))

    def number(self):
        return self.writer.random.randint(10, 5_000)


def lines(records):
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)


def codex(session):
    records = []

    def add(kind, payload):
        records.append({"timestamp": session.now(), "type": kind, "payload": payload})

    total = 0
    add("session_meta", {"id": session.id, "timestamp": session.now(), "cwd": "/work", "originator": "codex_cli_rs", "cli_version": "0.58.0", "source": "cli"})
    for turn in range(session.turns):
        add("turn_context", {"turn_id": str(turn), "model": "gpt-5-codex", "cwd": "/work"})
        question, answer = session.prompt(), session.answer()
        add("response_item", {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]})
        add("event_msg", {"type": "user_message", "message": question, "images": []})
        for step in range(3):
            name = f"call_{turn}_{step}"
            add("response_item", {"type": "function_call", "name": "shell", "arguments": json.dumps({"command": ["bash", "-lc", session.prompt()]}), "call_id": name})
            add("response_item", {"type": "function_call_output", "call_id": name, "output": json.dumps({"output": session.output(), "metadata": {"exit_code": 0, "duration_seconds": 0.1}})})
            used = {"input_tokens": session.number(), "cached_input_tokens": 5, "output_tokens": 20, "reasoning_output_tokens": 3}
            total += used["input_tokens"] + 20
            used["total_tokens"] = used["input_tokens"] + 20
            add("event_msg", {"type": "token_count", "info": {"total_token_usage": {**used, "input_tokens": total, "total_tokens": total}, "last_token_usage": used}})
        add("response_item", {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer}]})
        add("event_msg", {"type": "agent_message", "message": answer})
    return f"sessions/2026/03/01/rollout-2026-03-01T10-00-00-{session.id}.jsonl", lines(records)


def claude_code(session):
    records, parent = [], None
    for turn in range(session.turns):
        name = session.writer.identity()
        common = {"isSidechain": False, "userType": "external", "cwd": "/work", "sessionId": session.id, "version": "2.0.1", "gitBranch": "main"}
        records.append({"parentUuid": parent, **common, "type": "user", "message": {"role": "user", "content": session.prompt()}, "uuid": name, "timestamp": session.now()})
        parent = name
        for step in range(3):
            use, result, call = session.writer.identity(), session.writer.identity(), "toolu_" + session.writer.identity()
            usage = {"input_tokens": session.number(), "output_tokens": 50, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 40}
            records.append({"parentUuid": parent, **common, "type": "assistant", "message": {"id": "msg_" + use, "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": session.prompt()}, {"type": "tool_use", "id": call, "name": "Bash", "input": {"command": session.prompt()}}], "stop_reason": "tool_use", "usage": usage}, "requestId": "req_" + use, "uuid": use, "timestamp": session.now()})
            records.append({"parentUuid": use, **common, "type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": session.output()}]}, "uuid": result, "timestamp": session.now()})
            parent = result
    return f"projects/-work/{session.id}.jsonl", lines(records)


def gemini_cli(session):
    messages = []
    for turn in range(session.turns):
        messages.append({"id": f"u{turn}", "timestamp": session.now(), "type": "user", "content": session.prompt()})
        call = {"id": f"c{turn}", "name": "run_shell_command", "args": {"command": "make"}, "status": "success", "timestamp": session.now(), "result": [{"functionResponse": {"id": f"c{turn}", "name": "run_shell_command", "response": {"output": session.output()}}}]}
        messages.append({"id": f"g{turn}", "timestamp": session.now(), "type": "gemini", "content": session.answer(), "model": "gemini-2.5-pro", "tokens": {"input": session.number(), "output": 10, "cached": 4, "thoughts": 5, "tool": 3, "total": 118}, "toolCalls": [call]})
    head = {"sessionId": session.id, "projectHash": "0a1b", "startTime": session.now(), "lastUpdated": session.now(), "messages": messages}
    return f"tmp/0a1b/chats/session-2026-03-01T10-00-{session.id}.json", json.dumps(head, indent=2)


def continue_(session):
    history = []
    for turn in range(session.turns):
        history.append({"message": {"role": "user", "content": session.prompt(), "id": session.writer.identity()}, "contextItems": []})
        call = {"id": f"call_{turn}", "type": "function", "function": {"name": "Read", "arguments": "{\"path\":\"a\"}"}}
        history.append({"message": {"role": "assistant", "content": session.answer(), "toolCalls": [call], "id": session.writer.identity()}, "contextItems": [], "toolCallStates": [{"toolCallId": f"call_{turn}", "status": "done", "output": [{"name": "Result", "content": session.output()}]}]})
    return f"sessions/{session.id}.json", json.dumps({"sessionId": session.id, "title": session.prompt()[:40], "workspaceDirectory": "file:///work", "history": history}, indent=2)


def claude_ai(session):
    messages = []
    for turn in range(session.turns * 2):
        text = session.answer() if turn % 2 else session.prompt()
        time = session.now()
        messages.append({"uuid": session.writer.identity(), "text": text, "content": [{"start_timestamp": time, "stop_timestamp": time, "type": "text", "text": text, "citations": []}], "sender": "assistant" if turn % 2 else "human", "created_at": time, "updated_at": time, "attachments": [], "files": []})
    return None, json.dumps({"uuid": session.id, "name": session.prompt()[:40], "created_at": session.now(), "updated_at": session.now(), "account": {"uuid": "1"}, "chat_messages": messages})


def chatgpt(session):
    return None, json.dumps(session.writer.conversation())


WRITERS = {
    "claude_code": claude_code, "codex": codex, "gemini_cli": gemini_cli, "continue": continue_,
    "claude_ai": claude_ai, "chatgpt": chatgpt,
}


def main():
    platform, size, directory = sys.argv[1], float(sys.argv[2]) * 1e6, sys.argv[3]
    writer, written, number = export.Writer(1), 0, 0
    os.makedirs(directory, exist_ok=True)
    array = open(f"{directory}/conversations.json", "w") if platform in ("chatgpt", "claude_ai") else None
    while written < size:
        name, text = WRITERS[platform](Session(writer))
        if array:
            array.write(("," if number else "[") + text)
        else:
            os.makedirs(os.path.dirname(f"{directory}/{name}"), exist_ok=True)
            with open(f"{directory}/{name}", "w") as file:
                file.write(text)
        written, number = written + len(text), number + 1
    if array:
        array.write("]")
        array.close()


if __name__ == "__main__":
    main()
