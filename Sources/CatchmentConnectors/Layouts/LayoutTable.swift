internal import Catchment
internal import DuckDB

/// Reads files by a layout into relations.
struct LayoutTable {
  let layout: Layout

  /// The rows of a file, and the lines that are none.
  ///
  /// Throws `validation` when the file is another than the layout is for.
  func read(_ file: TextFile, in bench: Workbench) throws(CatchmentError) -> Extracted {
    let columns = layout.columns.members.map {
      LogicalType.Field($0.name, $0.value.type.logical)
    }
    let threads = Self.threads(for: file)
    let table = AheadTable(columns: columns, threads: threads) {
      [layout] outcome throws(CatchmentError) in
      let reader = try LayoutReader(layout, file, outcome)
      return { () throws(CatchmentError) in try reader.next() }
    }
    return try table.extracted(in: bench)
  }

  /// How many of the engine's threads may take rows, which mixes their order where that does not matter.
  ///
  /// The rows of a small file stay in order.
  private static func threads(for file: TextFile) -> Int {
    let size = Unit.Fingerprint.current(of: file.path)?.size ?? 0
    return size < 8 << 20 ? 1 : mostThreads
  }

  /// One thread reads, as quickly as so many write.
  private static let mostThreads = 4
}
