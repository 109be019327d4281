internal import Catchment
internal import DuckDB
internal import JSONTape

/// Reads lines by a layout into chunks for the engine: first where their fields are, then one column after
/// the other.
///
/// One thread uses it. Memory is that of a chunk's lines, or the longest one.
final class LayoutReader {
  /// A longer line is none of a table.
  private static let longestLine = 16 << 20
  /// How much is looked for lines at once.
  private static let window = 2 << 20
  /// So many lines must be wrong, and more than are right, before the layout is taken for another
  /// file's.
  private static let fewest = 1000
  private static let mostLetters = 100_000

  private let layout: Layout
  private let name: String
  private let lines: StreamLineReader
  private let outcome: ReadOutcome
  private var table: FieldTable
  private let chunk: ChunkBuilder
  private var fields: FieldLines
  private var line = 0
  private var good = 0
  /// The lines of the chunk, and which of them each row is.
  private var items: [StreamLineReader.Item] = []
  private var rows: [Int] = []

  init(
    _ layout: Layout, _ file: TextFile, _ outcome: ReadOutcome
  ) throws(CatchmentError) {
    self.layout = layout
    self.outcome = outcome
    name = file.name
    let ahead = ReadAhead(waiting: 2, bytes: { () throws(CatchmentError) in try file.reading() })
    let reading = ahead.reading()
    lines = StreamLineReader(limit: Self.longestLine, chunk: Self.window) { buffer in
      try reading(buffer)
    }
    table = FieldTable(layout)
    chunk = ChunkBuilder(layout.columns.members.map(\.value.type.logical))
    fields = FieldLines(capacity: 0, width: 0)
    for _ in 0..<layout.skip { _ = try nextLine() }
    if layout.hasHeader, !layout.isFixedWidth { try readHeader() }
    fields = FieldLines(capacity: chunk.capacity, width: table.readers.count)
  }

  private func nextLine() throws(CatchmentError) -> StreamLineReader.Item? {
    line += 1
    return try reading { try lines.next() }
  }

  private func reading<R>(_ body: () throws -> R) throws(CatchmentError) -> R {
    do { return try body() } catch let error as CatchmentError { throw error } catch {
      throw CatchmentError(.sourceUnavailable, "\(name) cannot be read", cause: "\(error)")
    }
  }

  private func readHeader() throws(CatchmentError) {
    guard case .line(let header)? = try nextLine() else {
      throw CatchmentError(
        .validation, "the file does not fit the layout: it has no header", at: .init(file: name),
        hint: "check that it was fetched whole, or say header: false")
    }
    let text = layout.encoding.string(of: header.bytes)
    let names = text.split(
      separator: Character(Unicode.Scalar(layout.delimiter.byte)), omittingEmptySubsequences: false)
    do throws(LayoutFault) {
      table = try FieldTable(layout, header: names.map { $0.trimmed })
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

  /// The next rows; nil at the file's end.
  func next() throws(CatchmentError) -> FilledChunk? {
    while true {
      try reading { try lines.next(chunk.capacity, into: &items) }
      if items.isEmpty {
        try checkEnd()
        return nil
      }
      var faults = split()
      readColumns(&faults)
      // A line that is wrong leaves no row, so the others move up.
      if fields.count < rows.count { readColumns(&faults) }
      good += fields.count
      try refuse(faults)
      line += items.count
      if fields.count > 0 { return chunk.finish(rowCount: fields.count) }
    }
  }

  /// Finds the lines' fields; returns what is wrong, by the lines' places among the chunk's.
  private func split() -> [Int: LayoutFault] {
    var faults: [Int: LayoutFault] = [:]
    fields.removeAll()
    rows.removeAll(keepingCapacity: true)
    for (place, item) in items.enumerated() {
      do throws(LayoutFault) {
        guard case .line(let text) = item else {
          throw LayoutFault(code: "not_text", message: "the line is longer than 16 MiB")
        }
        if table.isBlank(text.bytes) { continue }
        try table.add(text.bytes, to: fields)
        rows.append(place)
      } catch {
        faults[place] = error
      }
    }
    return faults
  }

  /// Reads all columns of the lines that are left, and leaves those out that prove to be wrong.
  private func readColumns(_ faults: inout [Int: LayoutFault]) {
    chunk.restart()
    var found: [Int: LayoutFault] = [:]
    for (place, reader) in table.readers.enumerated() {
      reader.read(fields, at: place, into: chunk, &found)
    }
    for (row, fault) in found { faults[rows[row]] = fault }
    fields.remove(Set(found.keys))
  }

  private func refuse(_ faults: [Int: LayoutFault]) throws(CatchmentError) {
    for (place, fault) in faults.sorted(by: { $0.key < $1.key }) {
      switch items[place] {
      case .line(let text): try refuse(fault, line + place + 1, text.offset, text.bytes)
      case .oversized(let offset, _): try refuse(fault, line + place + 1, offset, nil)
      }
    }
  }

  private func refuse(
    _ fault: LayoutFault, _ line: Int, _ offset: Int, _ bytes: UnsafeRawBufferPointer?
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
