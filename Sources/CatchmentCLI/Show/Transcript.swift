import Catchment
import DuckDB

/// A message with the parts of its content in order.
struct TranscriptMessage {
  enum Part {
    case text(String)
    case thinking(String)
    case call(TranscriptCall)
    /// A result whose call says what it gave; nothing is left to show.
    case result(String)
    /// An image or another file.
    case file(TranscriptFile)
    case other(type: String)
  }

  let id: String
  let role: String
  let kind: String
  let timestamp: String
  let model: Value
  let isMeta: Bool
  var parts: [Part] = []

  /// Whether it is part of the talk itself, not something the program put beside it.
  var isTalk: Bool { !isMeta && kind != "attachment" && role != "system" }
}

/// A tool call with what it gave.
struct TranscriptCall {
  let nativeID: String
  let name: String
  /// The most telling part of the input.
  let brief: String
  /// The whole input, JSON.
  let input: String?
  let output: String?
  let isError: Bool
  let hasResult: Bool
  let milliseconds: Int64?
  let child: String?
  /// Images and other files that it gave.
  let files: [TranscriptFile]
}

/// The messages of a conversation.
struct Transcript {
  let messages: [TranscriptMessage]

  init(_ conversation: Conversation, _ reader: WarehouseReader) throws(CatchmentError) {
    var calls: [String: TranscriptCall] = [:]
    for row in try reader.rows(Self.callQuery, .text(conversation.id)) {
      let call = TranscriptCall(row)
      calls[call.nativeID] = calls[call.nativeID] ?? call
    }
    var messages: [TranscriptMessage] = []
    for row in try reader.rows(Self.messageQuery, .text(conversation.id)) {
      if messages.last?.id != row[0].shown { messages.append(TranscriptMessage(row)) }
      messages[messages.count - 1].add(Self.parts(row, calls))
    }
    self.messages = messages
  }

  private static func parts(
    _ row: [Value], _ calls: [String: TranscriptCall]
  ) -> [TranscriptMessage.Part] {
    let files = TranscriptFile.all(row, from: 11).map(TranscriptMessage.Part.file)
    guard let type = row[6].text else { return files }
    switch type {
    case "text": return [.text(row[7].shown)] + files
    case "thinking": return [.thinking(row[8].shown)] + files
    case "tool_use": return [calls[row[9].shown].map { .call($0) } ?? .other(type: type)]
    case "tool_result": return [.result(row[10].shown)] + files
    default: return files.isEmpty ? [.other(type: type)] : files
    }
  }

  /// A row a block; a message without any still has one.
  private static let messageQuery = """
    SELECT m.message_id, m.role, m.kind, m.timestamp, m.model, coalesce(m.is_meta, false),
      b.block->>'$.type', b.block->>'$.text', b.block->>'$.thinking', b.block->>'$.id',
      b.block->>'$.tool_use_id', \(TranscriptFile.columns(of: "b.block"))
    FROM main.messages m LEFT JOIN LATERAL (
      SELECT unnest(m.content->'$[*]') AS block,
        generate_subscripts(m.content->'$[*]', 1) AS place) b ON true
    WHERE m.conversation_id = ?::UUID
    ORDER BY m.sequence_number, m.message_id, b.place
    """

  private static let callQuery = """
    SELECT native_id, tool_name,
      coalesce(tool_input->>'$.command', tool_input->>'$.file_path',
        tool_input->>'$.notebook_path', tool_input->>'$.pattern', tool_input->>'$.query',
        tool_input->>'$.url', tool_input->>'$.description', tool_input->>'$.prompt',
        tool_input::VARCHAR),
      tool_input::VARCHAR,
      CASE json_type(tool_output)
        WHEN 'VARCHAR' THEN tool_output->>'$'
        WHEN 'ARRAY' THEN array_to_string(
          list_transform(json_extract(tool_output, '$[*]'), lambda block: coalesce(
            json_extract_string(block, '$.text'),
            '[' || json_extract_string(block, '$.type') || ']')), chr(10))
        ELSE tool_output::VARCHAR END,
      coalesce(is_error, false), tool_output IS NOT NULL OR result_message_id IS NOT NULL,
      duration_ms, child_conversation_id, \(TranscriptFile.columns(of: "tool_output"))
    FROM main.tool_calls WHERE conversation_id = ?::UUID ORDER BY timestamp, tool_call_id
    """
}

extension TranscriptMessage {
  fileprivate init(_ row: [Value]) {
    id = row[0].shown
    role = row[1].shown
    kind = row[2].shown
    timestamp = row[3].shown
    model = row[4]
    isMeta = row[5].boolean ?? false
  }

  /// A file that is spoken of again, as an attachment that is a part too, is shown once.
  fileprivate mutating func add(_ more: [Part]) {
    for part in more {
      let sha256 = part.file?.sha256
      if sha256 == nil || !parts.contains(where: { $0.file?.sha256 == sha256 }) {
        parts.append(part)
      }
    }
  }

  var json: JSON {
    JSON([
      "message_id": .text(id), "role": .text(role), "kind": .text(kind),
      "timestamp": timestamp.isEmpty ? .null : .text(timestamp), "model": JSON(model),
      "is_meta": .boolean(isMeta), "content": .array(parts.map(\.json)),
    ])
  }
}

extension TranscriptMessage.Part {
  fileprivate var file: TranscriptFile? { if case .file(let file) = self { file } else { nil } }

  fileprivate var json: JSON {
    switch self {
    case .text(let text): JSON(["type": .text("text"), "text": .text(text)])
    case .thinking(let text): JSON(["type": .text("thinking"), "thinking": .text(text)])
    case .call(let call): call.json
    case .result(let id): JSON(["type": .text("tool_result"), "tool_use_id": .text(id)])
    case .file(let file): JSON(["type": .text("file"), "artifact": file.json])
    case .other(let type): JSON(["type": .text(type)])
    }
  }
}

extension TranscriptCall {
  fileprivate init(_ row: [Value]) {
    nativeID = row[0].shown
    name = row[1].shown
    brief = row[2].shown
    input = row[3].text
    output = row[4].text
    isError = row[5].boolean ?? false
    hasResult = row[6].boolean ?? false
    milliseconds = row[7].int64
    child = row[8].uuid?.description
    files = TranscriptFile.all(row, from: 9)
  }

  fileprivate var json: JSON {
    JSON([
      "type": .text("tool_use"), "id": .text(nativeID), "name": .text(name),
      "input": input.map(JSON.written) ?? .null, "output": output.map(JSON.text) ?? .null,
      "is_error": .boolean(isError), "duration_ms": .integer(milliseconds),
      "child_conversation_id": child.map(JSON.text) ?? .null,
      "artifacts": .array(files.map(\.json)),
    ])
  }
}
