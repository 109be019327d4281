internal import Catchment
internal import JSONTape

/// The record that says which file of an export a conversation's pointer stands for.
///
/// It begins with a space, which no element that is cut out of a JSON array does: so nothing that an
/// export holds can pass for one.
///
/// ```
///  {"catchment_file":{"conversation":"…","pointer":"file-1","name":"file-1-a.png","sha256":"…","bytes":29,"media_type":"image/png"}}
/// ```
struct CompanionRecord {
  private static let mark: StaticString = " {\"catchment_file\":"

  var conversation: String
  var pointer: String
  var file: File

  enum File {
    case kept(CompanionReference)
    case refused(code: String, message: String)
  }

  static func isOne(_ record: Slice) -> Bool { record.starts(with: mark) }

  /// Nil for what is no such record.
  init?(_ record: JSONValue) {
    guard let facts = record["catchment_file"],
      let conversation = facts["conversation"]?.words, let pointer = facts["pointer"]?.words
    else { return nil }
    self.conversation = conversation
    self.pointer = pointer
    if let sha256 = facts["sha256"]?.words, Hex.bytes(sha256)?.count == 32,
      let bytes = facts["bytes"]?.int64
    {
      file = .kept(
        CompanionReference(sha256: sha256, bytes: bytes, mediaType: facts["media_type"]?.words))
    } else if let code = facts["error"]?.words {
      file = .refused(code: code, message: facts["message"]?.words ?? "the file was not kept")
    } else {
      return nil
    }
  }

  static func text(_ file: CompanionFile, of conversation: String) -> String {
    var members = [
      ("conversation", JSONString.quoted(conversation)),
      ("pointer", JSONString.quoted(file.pointer)), ("name", JSONString.quoted(file.name)),
    ]
    switch file.content {
    case .kept(let sha256, let bytes, let type):
      members += [("sha256", JSONString.quoted(sha256)), ("bytes", "\(bytes)")]
      if let type { members.append(("media_type", JSONString.quoted(type.name))) }
    case .refused(let code, let message):
      members += [("error", JSONString.quoted(code)), ("message", JSONString.quoted(message))]
    }
    let facts = members.map { "\"\($0)\":\($1)" }.joined(separator: ",")
    return "\(mark){\(facts)}}"
  }
}

/// A file that a pointer stands for, as content refers to it.
struct CompanionReference: Equatable {
  var sha256: String
  var bytes: Int64
  var mediaType: String?

  /// The same member that stands for a file which a record holds itself.
  var member: String {
    let type = mediaType.map { ",\"media_type\":\(JSONString.quoted($0))" } ?? ""
    return "\"artifact\":{\"sha256\":\"\(sha256)\"\(type),\"bytes\":\(bytes)}"
  }

  /// Of two files under one pointer the larger one is taken, as the less reduced; then either, but
  /// always the same.
  func isPreferred(to other: CompanionReference) -> Bool {
    (bytes, other.sha256) > (other.bytes, sha256)
  }
}
