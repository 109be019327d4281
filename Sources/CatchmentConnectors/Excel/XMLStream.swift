internal import CExpat
internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Someone who is told what a document of XML holds, in its order.
protocol XMLVisitor: AnyObject {
  func begin(_ name: XMLName, _ attributes: XMLAttributes) throws(CatchmentError)
  func end(_ name: XMLName) throws(CatchmentError)
  /// A piece of text, in UTF-8; it may come in many.
  func text(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError)
}

/// An element's or attribute's name, without the mark of its namespace.
struct XMLName {
  private let start: UnsafePointer<CChar>

  fileprivate init(_ whole: UnsafePointer<CChar>) {
    var (start, place) = (whole, whole)
    while place.pointee != 0 {
      if place.pointee == 0x3A { start = place + 1 }
      place += 1
    }
    self.start = start
  }

  @inline(__always)
  func callAsFunction(_ name: StaticString) -> Bool {
    let other = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    return start.pointee == other.pointee && strcmp(start, other) == 0
  }
}

/// An element's attributes; valid while the visitor is told of it.
struct XMLAttributes {
  fileprivate let start: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  /// The value of the first one of a name, in UTF-8.
  subscript(name: StaticString) -> UnsafeRawBufferPointer? {
    guard var place = start else { return nil }
    while let found = place[0], let value = place[1] {
      if XMLName(found)(name) { return UnsafeRawBufferPointer(start: value, count: strlen(value)) }
      place += 2
    }
    return nil
  }

  func string(_ name: StaticString) -> String? {
    self[name].map { String(decoding: $0, as: UTF8.self) }
  }

  func flag(_ name: StaticString) -> Bool { ["1", "true", "on"].contains(string(name)) }
}

/// Reads a document of XML piece by piece, in memory that is bounded whatever it holds.
///
/// What no workbook needs and attacks are made of is refused: a document type, with which entities come,
/// elements within very many others, and marks that do not end. One task uses it.
final class XMLStream {
  /// How much is looked at at once.
  private static let piece = 64 << 10
  /// The longest of a tag with its attributes, or a comment.
  private static let longestMark = 1 << 20

  private let parser: XML_Parser
  private let listener: Listener
  private let reading: ByteReading
  private var count = 0
  private var isDone = false

  /// - Parameter part: what the document is called in errors.
  init(
    _ part: String, telling visitor: any XMLVisitor, reading: @escaping ByteReading
  ) throws(CatchmentError) {
    guard let parser = XML_ParserCreate(nil) else {
      throw CatchmentError(.failed, "the parser of XML could not begin")
    }
    self.parser = parser
    self.reading = reading
    listener = Listener(part, parser, visitor)
    XML_SetUserData(parser, Unmanaged.passUnretained(listener).toOpaque())
    XML_SetElementHandler(parser, beginElement, endElement)
    XML_SetCharacterDataHandler(parser, findText)
    XML_SetStartDoctypeDeclHandler(parser, findDocumentType)
  }

  deinit { XML_ParserFree(parser) }

  func readAll() throws(CatchmentError) { while try advance() {} }

  /// Reads the next piece; false behind the last one.
  func advance() throws(CatchmentError) -> Bool {
    guard !isDone else { return false }
    guard let buffer = XML_GetBuffer(parser, Int32(Self.piece)) else {
      throw listener.error("there is too little memory")
    }
    let more = try reading(UnsafeMutableRawBufferPointer(start: buffer, count: Self.piece))
    isDone = more == 0
    count += more
    let status = XML_ParseBuffer(parser, Int32(more), isDone ? 1 : 0)
    if let failure = listener.failure { throw failure }
    guard status == XML_STATUS_OK else {
      let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) }
      throw listener.error(reason ?? "it is no XML")
    }
    // What was read and is not told yet is the beginning of a mark.
    guard count - max(0, Int(XML_GetCurrentByteIndex(parser))) <= Self.longestMark + Self.piece
    else {
      throw listener.error("a tag or a comment is longer than 1 MiB")
    }
    return !isDone
  }
}

/// What the parser's callbacks are given.
private final class Listener {
  private static let deepest = 128

  private let part: String
  private let parser: XML_Parser
  let visitor: any XMLVisitor
  var depth = 0
  private(set) var failure: CatchmentError?
  /// Asked at every mark, where the failure itself would be copied.
  private var hasFailed = false

  init(_ part: String, _ parser: XML_Parser, _ visitor: any XMLVisitor) {
    (self.part, self.parser, self.visitor) = (part, parser, visitor)
  }

  static func from(_ data: UnsafeMutableRawPointer?) -> Listener? {
    data.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue() }
  }

  func enter() throws(CatchmentError) {
    depth += 1
    guard depth <= Self.deepest else {
      throw CatchmentError(
        .failed, "there are more than \(Self.deepest) elements within one another")
    }
  }

  /// Tells the visitor, unless reading failed already.
  @inline(__always)
  func tell(_ body: (any XMLVisitor) throws(CatchmentError) -> Void) {
    guard !hasFailed else { return }
    do throws(CatchmentError) { try body(visitor) } catch {
      // What is wrong with the document is told with its place; what is wrong elsewhere is not.
      stop(error.code == .failed ? self.error(error.message, cause: error.cause) : error)
    }
  }

  func stop(_ error: CatchmentError) {
    (failure, hasFailed) = (error, true)
    XML_StopParser(parser, 0)
  }

  /// What is wrong, with the place.
  func error(_ message: String, cause: String? = nil) -> CatchmentError {
    let line = XML_GetCurrentLineNumber(parser)
    let column = XML_GetCurrentColumnNumber(parser) + 1
    return CatchmentError(.failed, "\(part):\(line):\(column): \(message)", cause: cause)
  }
}

// MARK: The callbacks

private typealias Attributes = UnsafeMutablePointer<UnsafePointer<XML_Char>?>

private let beginElement:
  @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<XML_Char>?, Attributes?) -> Void = {
    data, name, attributes in
    guard let listener = Listener.from(data), let name else { return }
    listener.tell { visitor throws(CatchmentError) in
      try listener.enter()
      try visitor.begin(XMLName(name), XMLAttributes(start: attributes))
    }
  }

private let endElement:
  @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<XML_Char>?) -> Void = { data, name in
    guard let listener = Listener.from(data), let name else { return }
    listener.depth -= 1
    listener.tell { visitor throws(CatchmentError) in try visitor.end(XMLName(name)) }
  }

private let findText:
  @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<XML_Char>?, Int32) -> Void = {
    data, text, count in
    guard let listener = Listener.from(data) else { return }
    let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
    listener.tell { visitor throws(CatchmentError) in try visitor.text(bytes) }
  }

private let findDocumentType:
  @convention(c) (
    UnsafeMutableRawPointer?, UnsafePointer<XML_Char>?, UnsafePointer<XML_Char>?,
    UnsafePointer<XML_Char>?, Int32
  ) -> Void = { data, _, _, _, _ in
    guard let listener = Listener.from(data) else { return }
    listener.stop(listener.error("it has a document type, which no workbook needs"))
  }
