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


def opencode(session):
    """The tree of files; a session, its messages and their parts are a file each."""
    ses = f"ses_{session.id}"
    info = {"id": ses, "projectID": "p", "directory": "/work", "title": session.prompt()[:40], "version": "1.0.0", "time": {"created": session.milliseconds(), "updated": session.milliseconds()}}
    files = [(f"storage/session/p/{ses}.json", json.dumps(info, indent=2))]

    def message(number, body, parts):
        name = f"msg_{number:04}_{session.id}"
        files.append((f"storage/message/{ses}/{name}.json", json.dumps({"id": name, "sessionID": ses, **body}, indent=2)))
        for place, part in enumerate(parts):
            own = f"prt_{number:04}_{place}_{session.id}"
            files.append((f"storage/part/{name}/{own}.json", json.dumps({"id": own, "messageID": name, "sessionID": ses, **part}, indent=2)))

    for turn in range(session.turns):
        message(turn * 2, {"role": "user", "time": {"created": session.milliseconds()}}, [{"type": "text", "text": session.prompt()}])
        tokens = {"input": session.number(), "output": 20, "reasoning": 3, "cache": {"read": 100, "write": 7}}
        time = session.milliseconds()
        state = {"status": "completed", "input": {"command": "make"}, "output": session.output(), "title": "make", "metadata": {"exit": 0}, "time": {"start": time, "end": time + 50}}
        message(turn * 2 + 1, {"role": "assistant", "modelID": "m1", "providerID": "x", "cost": 0.01, "tokens": tokens, "time": {"created": time, "completed": time + 900}}, [{"type": "text", "text": session.answer()}, {"type": "tool", "tool": "bash", "callID": f"call_{turn}", "state": state}, {"type": "step-finish", "cost": 0.01, "tokens": tokens}])
    return files


def copilot(session):
    """The command's events."""
    records, parent = [], None

    def add(kind, data):
        nonlocal parent
        name = session.writer.identity()
        records.append({"type": kind, "data": data, "id": name, "timestamp": session.now(), "parentId": parent})
        parent = name

    add("session.start", {"sessionId": session.id, "copilotVersion": "1.0.80", "startTime": session.now(), "context": {"cwd": "/work", "branch": "main"}})
    for turn in range(session.turns):
        add("user.message", {"content": session.prompt()})
        for step in range(3):
            call = f"call_{turn}_{step}_{session.id}"
            add("assistant.message", {"messageId": f"m{turn}_{step}_{session.id}", "content": session.prompt(), "toolRequests": [{"toolCallId": call, "name": "bash", "arguments": {"command": "make"}}]})
            add("tool.execution_start", {"toolCallId": call, "toolName": "bash", "arguments": {"command": "make"}})
            add("tool.execution_complete", {"toolCallId": call, "success": True, "result": {"content": session.output()}})
        add("assistant.message", {"messageId": f"m{turn}_{session.id}", "content": session.answer(), "toolRequests": []})
    return f"session-state/{session.id}/events.jsonl", lines(records)


def task(session, request):
    """A folder of Roo Code's kind: what was shown, and what the model was told."""
    shown, told = [], []
    for turn in range(session.turns):
        question, answer, output = session.prompt(), session.answer(), session.output()
        shown.append({"ts": session.milliseconds(), "type": "say", "say": "text" if turn == 0 else "user_feedback", "text": question})
        facts = {**request, "tokensIn": session.number(), "tokensOut": 40, "cacheReads": 600, "cacheWrites": 100, "cost": 0.02}
        shown.append({"ts": session.milliseconds(), "type": "say", "say": "api_req_started", "text": json.dumps(facts)})
        shown.append({"ts": session.milliseconds(), "type": "say", "say": "text", "text": answer})
        shown.append({"ts": session.milliseconds(), "type": "ask", "ask": "tool", "text": json.dumps({"tool": "readFile", "path": "main.go", "content": output})})
        told.append({"role": "user", "content": [{"type": "text", "text": question}], "ts": session.milliseconds()})
        told.append({"role": "assistant", "content": [{"type": "text", "text": answer}], "ts": session.milliseconds()})
    return shown, told


def folder(session, root, shown, told, more=()):
    name = f"{root}/tasks/{session.id}"
    return [(f"{name}/ui_messages.json", json.dumps(shown)), (f"{name}/api_conversation_history.json", json.dumps(told))] + [(f"{name}/{file}", text) for file, text in more]


def roo_code(session):
    shown, told = task(session, {"apiProtocol": "anthropic"})
    item = {"id": session.id, "number": 1, "ts": session.milliseconds(), "task": session.prompt(), "tokensIn": 10, "tokensOut": 20, "totalCost": 0.05, "workspace": "/work"}
    return folder(session, "rooveterinaryinc.roo-cline", shown, told, [("history_item.json", json.dumps(item))])


def cline(session):
    shown, told = task(session, {"request": session.prompt()})
    return folder(session, "saoudrizwan.claude-dev", shown, told)


def kilo_code(session):
    shown, told = task(session, {"apiProtocol": "openai", "inferenceProvider": "x"})
    return folder(session, "kilocode.kilo-code", shown, told)


def azure_openai(session):
    """A log of requests, each with the whole history, as clients send it."""
    records, messages = [], []
    for turn in range(session.turns):
        messages.append({"role": "user", "content": session.prompt()})
        answer = session.answer()
        response = {"id": f"chatcmpl-{turn}-{session.id}", "object": "chat.completion", "created": session.milliseconds() // 1000, "model": "gpt-4o-mini-2024-07-18", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}], "usage": {"prompt_tokens": session.number(), "completion_tokens": 20, "total_tokens": 30}}
        records.append({"method": "POST", "uri": "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-06-01", "status": 200, "request": {"messages": list(messages)}, "response": response})
        messages.append({"role": "assistant", "content": answer})
    return f"{session.id}.jsonl", lines(records)


def cursor(session):
    """A transcript of the agent's."""
    records = []
    for turn in range(session.turns):
        records.append({"role": "user", "message": {"content": [{"type": "text", "text": f"<user_query>\n{session.prompt()}\n</user_query>"}]}})
        for step in range(4):
            records.append({"role": "assistant", "message": {"content": [{"type": "text", "text": session.answer()}, {"type": "tool_use", "name": "Shell", "input": {"command": session.output()}}]}})
    return f"projects/work/agent-transcripts/{session.id}/{session.id}.jsonl", lines(records)


def aider(session):
    """A history in Markdown; each folder has its own."""
    text = f"\n# aider chat started at {session.now()[:19].replace('T', ' ')}\n"
    for turn in range(session.turns):
        text += f"\n#### {session.prompt().splitlines()[0]}\n\n{session.answer()}\n\n{session.output()}\n\n> Tokens: 6.3k sent, 1.2k received. Cost: $0.03 message, $0.12 session.\n> Applied edit to main.go\n"
    return f"{session.id}/.aider.chat.history.md", text


WRITERS = {
    "claude_code": claude_code, "codex": codex, "opencode": opencode, "copilot": copilot, "chatgpt": chatgpt,
    "continue": continue_, "roo_code": roo_code, "cline": cline, "kilo_code": kilo_code,
    "azure_openai": azure_openai, "cursor": cursor, "gemini_cli": gemini_cli, "claude_ai": claude_ai, "aider": aider,
}


def main():
    platform, size, directory = sys.argv[1], float(sys.argv[2]) * 1e6, sys.argv[3]
    writer, written, number = export.Writer(1), 0, 0
    os.makedirs(directory, exist_ok=True)
    array = open(f"{directory}/conversations.json", "w") if platform in ("chatgpt", "claude_ai") else None
    while written < size:
        made = WRITERS[platform](Session(writer))
        for name, text in made if isinstance(made, list) else [made]:
            if array:
                array.write(("," if number else "[") + text)
            else:
                os.makedirs(os.path.dirname(f"{directory}/{name}"), exist_ok=True)
                with open(f"{directory}/{name}", "w") as file:
                    file.write(text)
            written += len(text)
        number += 1
    if array:
        array.write("]")
        array.close()


if __name__ == "__main__":
    main()
