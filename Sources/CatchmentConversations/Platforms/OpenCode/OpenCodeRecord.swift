internal import JSONTape

/// One of the things a store is made of, whichever way it is kept: a row of the database, a file of
/// the tree, a part of an exported session, a line that `opencode run` printed.
struct OpenCodeThing {
  enum Kind { case session, message, part }

  let kind: Kind
  let id: String
  /// Nil for a part of an old tree, whose message names the session.
  let sessionID: String?
  let messageID: String?
  /// What it is, as the program's own types have it.
  let info: JSONValue
  /// Its row, whose columns say what `info` need not.
  let row: JSONValue
}

extension OpenCodeThing {
  /// The things that a record holds, in the order of its text; nil when it is none of a store's.
  static func things(in record: JSONValue) -> [OpenCodeThing]? {
    if let table = record["table"]?.text { return row(record, of: table) }
    if let messages = record["messages"], let info = record["info"] {
      return exported(info, messages)
    }
    if let part = record["part"], part.kind == .object {
      return [self.part(part)].compactMap(\.self)
    }
    return file(record).map { [$0] }
  }

  private static func row(_ row: JSONValue, of table: JSONText) -> [OpenCodeThing]? {
    guard let id = row["id"]?.words else { return nil }
    let data = row["data"]?.kind == .object ? row["data"] : nil
    switch table {
    case "session":
      return [
        OpenCodeThing(
          kind: .session, id: id, sessionID: id, messageID: nil, info: data ?? row, row: row)
      ]
    case "message":
      guard let session = row["session_id"]?.words, let data else { return nil }
      return [
        OpenCodeThing(
          kind: .message, id: id, sessionID: session, messageID: id, info: data, row: row)
      ]
    case "part":
      guard let message = row["message_id"]?.words, let data else { return nil }
      return [
        OpenCodeThing(
          kind: .part, id: id, sessionID: row["session_id"]?.words, messageID: message, info: data,
          row: row)
      ]
    default: return nil
    }
  }

  private static func exported(_ info: JSONValue, _ messages: JSONValue) -> [OpenCodeThing]? {
    guard let session = file(info), session.kind == .session else { return nil }
    var things = [session]
    for message in messages.elements {
      if let told = message["info"].flatMap(file), told.kind == .message { things.append(told) }
      things += message["parts"]?.elements.compactMap(part) ?? []
    }
    return things
  }

  /// A file of the tree, told apart by what it names.
  private static func file(_ file: JSONValue) -> OpenCodeThing? {
    guard let id = file["id"]?.words else { return nil }
    if file["messageID"] != nil { return part(file) }
    if file["role"] != nil {
      guard let session = file["sessionID"]?.words else { return nil }
      return OpenCodeThing(
        kind: .message, id: id, sessionID: session, messageID: id, info: file, row: file)
    }
    guard file["projectID"] != nil || file["directory"] != nil else { return nil }
    return OpenCodeThing(
      kind: .session, id: id, sessionID: id, messageID: nil, info: file, row: file)
  }

  private static func part(_ part: JSONValue) -> OpenCodeThing? {
    guard let id = part["id"]?.words, let message = part["messageID"]?.words else { return nil }
    return OpenCodeThing(
      kind: .part, id: id, sessionID: part["sessionID"]?.words, messageID: message, info: part,
      row: part)
  }
}
