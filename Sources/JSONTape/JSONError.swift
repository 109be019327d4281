/// Why a document is not JSON, and where.
///
/// `offset` counts bytes from the document's beginning; it equals the document's length where the
/// document ends too soon. `message` says what was expected and never repeats the data.
///
/// ```swift
/// do { _ = try parser.parse(line.bytes, isPadded: line.isPadded) } catch {
///   print("byte \(line.offset + error.offset): \(error.message)")
/// }
/// ```
public struct JSONError: Error, Sendable, Equatable {
  /// What kind of fault it is, for branching.
  public var code: Code

  /// The first byte that cannot stand where it does.
  public var offset: Int

  /// What was expected there.
  public var message: String

  /// A fault at a byte of a document.
  public init(code: Code, offset: Int, message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }
}

extension JSONError {
  /// The kinds of fault; more may come, so a `switch` over them needs a `default`.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String {
      case empty, syntax, truncated
      case invalidUTF8 = "invalid_utf8"
      case tooDeep = "too_deep"
      case tooLarge = "too_large"
    }

    private let kind: Kind

    /// Nothing but whitespace.
    public static let empty = Code(kind: .empty)
    /// A byte that RFC 8259 does not allow where it stands.
    public static let syntax = Code(kind: .syntax)
    /// A good beginning without its end, as in a line that is still being written.
    public static let truncated = Code(kind: .truncated)
    /// Bytes that are not UTF-8; the offset is that of the ill-formed sequence's first byte.
    public static let invalidUTF8 = Code(kind: .invalidUTF8)
    /// More levels of containers than the parser's limit.
    public static let tooDeep = Code(kind: .tooDeep)
    /// More bytes than the parser's limit, or than memory has room for.
    public static let tooLarge = Code(kind: .tooLarge)

    /// The code in lowercase with underscores, such as `invalid_utf8`: fit to be stored.
    public var description: String { kind.rawValue }
  }
}

extension JSONError: CustomStringConvertible {
  /// The place and the message: `byte 12: expected ':' after the key`.
  public var description: String { "byte \(offset): \(message)" }
}
