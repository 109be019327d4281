internal import Catchment
internal import DuckDB
internal import Synchronization

/// Reads the parts of a table, each thread by a connection of its own.
final class PostgreSQLReader: Sendable {
  let table: PostgreSQLTable
  private let url: PostgreSQLURL
  private let started = Mutex(0)

  init(_ table: PostgreSQLTable, _ url: PostgreSQLURL) {
    self.table = table
    self.url = url
  }

  /// The next part that nobody has begun.
  private func nextPart() -> Int? {
    started.withLock { number in
      guard number < table.parts.count else { return nil }
      defer { number += 1 }
      return number
    }
  }

  /// Fills chunks as long as there are parts; the last column says the order of the rows.
  func fill() throws -> PromisedRows.Fill {
    let connection = try table.connect(url)
    let place = table.columns.count
    var part: (fields: BinaryFields, next: Int64)?
    return { [self] rows in
      while !rows.isFull {
        if part == nil {
          guard let number = nextPart() else { return }
          try connection.beginCopyOut(table.copy(table.parts[number]))
          part = (BinaryFields(table.columns), Int64(number) << 40)
        }
        var hasRow = false
        let goesOn = try connection.copyOutNext { (piece) throws(CatchmentError) in
          hasRow = try part?.fields.read(piece, into: rows) ?? false
        }
        if let late = part?.fields.late { throw late }
        guard goesOn else {
          part = nil
          continue
        }
        guard hasRow, let next = part?.next else { continue }
        rows.set(place, next)
        part?.next += 1
        try rows.endRow()
      }
    }
  }
}
