/// How the files are found that an export's records point at and that came with them: in the same
/// archive, or in the folder beside the file of records.
///
/// The engine keeps each such file as an artifact and appends to the unit a record of its own for
/// each record that points at it, so that the raw store alone tells what a pointer stands for.
public protocol CompanionFinder: AnyObject {
  /// What a record points at; nil when that is nothing.
  func pointers(in record: UnsafeRawBufferPointer) -> CompanionPointers?
  /// Whether a folder of that name may hold files that are pointed at.
  func mayHoldFiles(folder name: String) -> Bool
  /// The record, on one line, that says what a pointer stands for.
  func record(of file: CompanionFile, for owner: String) -> String
  /// The SHA-256 of the file that such a record tells of; nil for every other record.
  func keptFile(in record: UnsafeRawBufferPointer) -> String?
}

/// The files that a record points at.
public struct CompanionPointers: Sendable {
  /// What the record tells of, such as a conversation.
  public var owner: String
  /// What the files' names begin with, each once.
  public var names: [String]

  public init(owner: String, names: [String]) {
    self.owner = owner
    self.names = names
  }
}

/// A file of an export that one of its records points at.
public struct CompanionFile: Sendable {
  /// What its name begins with.
  public var pointer: String
  /// Its own name, without the folders that it lies in: it is told, and never used as a path.
  public var name: String
  public var content: Content

  /// What became of its bytes.
  public enum Content: Sendable {
    case kept(sha256: String, bytes: Int64, mediaType: MediaType?)
    /// They could not be kept: a stable code, and words.
    case refused(code: String, message: String)
  }

  public init(pointer: String, name: String, content: Content) {
    self.pointer = pointer
    self.name = name
    self.content = content
  }
}
