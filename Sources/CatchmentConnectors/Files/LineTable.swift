internal import Catchment
internal import DuckDB
internal import Foundation
internal import JSONTape

/// The lines of a file as a relation, with where each stands.
///
/// | column | |
/// |---|---|
/// | `line` | from 1, blank lines counted |
/// | `byte` | where it begins in the file, from 0 |
/// | `text` | without its end; NULL when it is not UTF-8 or longer than 256 MiB |
struct LineTable {
  let lines: Relation

  /// Registers a function of its own in the workbench; the file is read when the rows are.
  init(path: String, in bench: Workbench) throws(CatchmentError) {
    let name = "lines_\(UUID().uuidString.replacing("-", with: ""))"
    do throws(DuckDBError) {
      try bench.connection.register(
        TableFunction(name) { _ in
          PromisedRows([.init("line", .bigint), .init("byte", .bigint), .init("text", .varchar)]) {
            try Self.reading(path)
          }
        })
    } catch {
      throw CatchmentError(.failed, "the lines cannot be read", cause: error.description)
    }
    lines = try bench.view("SELECT * FROM \(name)()")
  }

  private static func reading(_ path: String) throws -> PromisedRows.Fill {
    let file = try InputFile(path)
    let reader = StreamLineReader { buffer in try file.read(into: buffer) }
    var number: Int64 = 0
    return { rows in
      while !rows.isFull, let item = try reader.next() {
        number += 1
        rows.set(0, number)
        switch item {
        case .line(let line):
          rows.set(1, Int64(line.offset))
          if let text = String(validating: line.bytes, as: UTF8.self) { rows.setText(2, text) }
        case .oversized(let offset, _):
          rows.set(1, Int64(offset))
        }
        try rows.endRow()
      }
    }
  }
}
