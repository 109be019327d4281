public import Catchment

/// Files of Parquet.
public struct ParquetSource: FileSource, Configurable {
  public static let kind = "parquet"
  public static let summary = "Files of Parquet."
  public static var options: [StepOption<ParquetSource>] {
    FileSet.options.map { $0.within(\.files) }
  }

  var files = FileSet()
  public var name: String { Self.kind }
  public var passesRows: Bool { true }
  public var packing: Packing? { Packing([".parquet"]) }

  public init() {}

  /// - Parameter path: a file, a directory or a pattern.
  public init(_ path: String) { files.path = path }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// Throws `validation` when the file is no Parquet, is cut short or contradicts itself.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    do throws(CatchmentError) {
      try ParquetCheck(path, in: bench).run()
      return try bench.extract("SELECT * FROM read_parquet(\(SQL.literal(path)))")
    } catch {
      throw fault(error, of: unit, at: path, as: "Parquet", hint: "fetch or write it again")
    }
  }
}

extension TableSource where Self == ParquetSource {
  /// Files of Parquet.
  public static func parquet(_ path: String) -> ParquetSource { ParquetSource(path) }
}
