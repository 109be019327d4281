internal import Catchment
internal import DuckDB
internal import JSONTape
internal import Synchronization

/// What came of reading a file by a layout, beside its rows.
final class LayoutOutcome: Sendable {
  private struct State {
    var letters: [DeadLetter] = []
    var failure: CatchmentError?
  }

  private let state = Mutex(State())

  var letters: [DeadLetter] { state.withLock(\.letters) }
  /// Why reading ended: the engine keeps an error's words alone.
  var failure: CatchmentError? { state.withLock(\.failure) }

  func fail(_ error: CatchmentError) { state.withLock { $0.failure = error } }

  /// Returns how many there are.
  func add(_ letter: DeadLetter) -> Int {
    state.withLock { state in
      state.letters.append(letter)
      return state.letters.count
    }
  }
}

/// Reads lines by a layout into the engine's columns.
///
/// One thread uses it. Memory is that of the longest line.
final class LayoutReader {
  /// A longer line is none of a table.
  private static let longestLine = 16 << 20
  /// So many lines must be wrong, and more than are right, before the layout is taken for another
  /// file's.
  private static let fewest = 1000
  private static let mostLetters = 100_000

  private let layout: Layout
  private let name: String
  private let lines: StreamLineReader
  private let outcome: LayoutOutcome
  private var fields: FieldTable
  private var scratch: [UInt8] = []
  private let decoder: TextDecoder?
  private var line = 0
  private var good = 0

  init(
    _ layout: Layout, _ file: TextFile, _ outcome: LayoutOutcome
  ) throws(CatchmentError) {
    self.layout = layout
    self.outcome = outcome
    name = file.name
    let ahead = ReadAhead { () throws(CatchmentError) in try file.reading() }
    let reading = ahead.reading()
    lines = StreamLineReader(limit: Self.longestLine) { buffer in try reading(buffer) }
    decoder = layout.encoding == .utf8 ? nil : TextDecoder(layout.encoding)
    fields = FieldTable(layout)
    for _ in 0..<layout.skip { _ = try next() }
    if layout.hasHeader, !layout.isFixedWidth { try readHeader() }
  }

  private func next() throws(CatchmentError) -> StreamLineReader.Item? {
    do {
      line += 1
      return try lines.next()
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw CatchmentError(.sourceUnavailable, "\(name) cannot be read", cause: "\(error)")
    }
  }

  private func readHeader() throws(CatchmentError) {
    guard case .line(let header)? = try next() else {
      throw CatchmentError(
        .validation, "the file does not fit the layout: it has no header", at: .init(file: name),
        hint: "check that it was fetched whole, or say header: false")
    }
    let text = layout.encoding.string(of: header.bytes)
    let names = text.split(
      separator: Character(Unicode.Scalar(layout.delimiter.byte)), omittingEmptySubsequences: false)
    do throws(LayoutFault) {
      fields = try FieldTable(layout, header: names.map { $0.trimmed })
    } catch {
      throw CatchmentError(
        .validation, "the file does not fit the layout: \(error.message)",
        at: .init(file: name, line: line),
        hint: "check that it is the file the layout is for, or correct the layout",
        cause:
          "its header has \(names.count) columns: \(names.prefix(8).map(\.trimmed).joined(separator: ", "))"
          + (names.count > 8 ? ", …" : ""))
    }
  }

  /// Writes rows until the chunk is full or the file is at its end.
  func fill(_ rows: OutputChunk) throws {
    while !rows.isFull {
      guard let item = try next() else { return try checkEnd() }
      switch item {
      case .line(let text): try read(text, into: rows)
      case .oversized(let offset, _):
        try refuse(
          LayoutFault(code: "not_text", message: "the line is longer than 16 MiB"), offset, nil)
      }
    }
  }

  private func read(_ text: Line, into rows: OutputChunk) throws {
    let bytes = text.bytes
    if fields.isBlank(bytes) { return }
    do throws(LayoutFault) {
      let isASCII = fields.split(bytes)
      if !isASCII, decoder == nil, String(validating: bytes, as: UTF8.self) == nil {
        throw LayoutFault(code: "not_text", message: "the line is not UTF-8")
      }
      try fields.read(bytes, into: rows, isASCII ? nil : decoder, &scratch, isASCII: isASCII)
    } catch {
      rows.abandonRow()
      return try refuse(error, text.offset, bytes)
    }
    try rows.endRow()
    good += 1
  }

  private func refuse(
    _ fault: LayoutFault, _ offset: Int, _ bytes: UnsafeRawBufferPointer?
  ) throws(CatchmentError) {
    var message = fault.message
    if let column = fault.column {
      let value = fault.value.map { "\"\($0.prefix(80))\" " } ?? ""
      message = "\(column): \(value)\(message)"
    }
    let letter = DeadLetter(
      line: line, byte: offset, code: fault.code, message: message,
      record: bytes.map { layout.encoding.string(of: $0) } ?? "", column: fault.column,
      value: fault.value)
    let count = outcome.add(letter)
    if count >= Self.fewest && count > good || count > Self.mostLetters { throw mismatch(count) }
  }

  /// A file of which no line fits is another file.
  private func checkEnd() throws(CatchmentError) {
    let count = outcome.letters.count
    if good == 0, count > 0 { throw mismatch(count) }
  }

  private func mismatch(_ count: Int) -> CatchmentError {
    let first = outcome.letters.first
    return CatchmentError(
      .validation,
      "the file does not fit the layout: \(count) of the first \(count + good) lines are wrong",
      at: .init(file: name, line: first?.line),
      hint: "check that it is the file the layout is for, or correct the layout",
      cause: first?.message)
  }
}

extension Substring {
  /// Without spaces around.
  fileprivate var trimmed: String {
    let first = drop { $0 == " " }
    guard let last = first.lastIndex(where: { $0 != " " }) else { return "" }
    return String(first[...last])
  }
}
