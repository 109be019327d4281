public import Catchment
internal import CatchmentConnectors
internal import CatchmentTransforms

extension Catalogue {
  /// What a pipeline's file can name.
  public static let kinds = Kinds(
    sources: [
      Kind(CSVSource.self) { $0 }, Kind(JSONSource.self) { $0 }, Kind(JSONLinesSource.self) { $0 },
      Kind(ParquetSource.self) { $0 }, Kind(LinesSource.self) { $0 },
    ],
    transforms: [Kind(Filter.self) { $0 }, Kind(SQLTransform.self) { $0 }],
    destinations: [
      Kind(DuckDBDestination.self) { $0 }, Kind(FileDestination<CSVFormat>.self) { $0 },
      Kind(FileDestination<JSONFormat>.self) { $0 },
      Kind(FileDestination<JSONLinesFormat>.self) { $0 },
      Kind(FileDestination<ParquetFormat>.self) { $0 },
    ])
}
