public import Catchment
internal import CatchmentConnectors
internal import CatchmentTransforms

extension Catalogue {
  /// What a pipeline's file can name.
  public static let kinds = Kinds(
    sources: [
      Kind(CSVSource.self) { $0 }, Kind(JSONSource.self) { $0 }, Kind(JSONLinesSource.self) { $0 },
      Kind(ParquetSource.self) { $0 }, Kind(ExcelSource.self) { $0 },
      Kind(LinesSource.self) { $0 }, Kind(FixedWidthSource.self) { $0 },
      Kind(DelimitedSource.self) { $0 }, Kind(SQLiteSource.self) { $0 },
      Kind(PostgreSQLSource.self) { $0 }, Kind(DuckDBSource.self) { $0 },
    ],
    transforms: transforms,
    destinations: [
      Kind(DuckDBDestination.self) { $0 }, Kind(SQLiteDestination.self) { $0 },
      Kind(PostgreSQLDestination.self) { $0 }, Kind(FileDestination<CSVFormat>.self) { $0 },
      Kind(FileDestination<JSONFormat>.self) { $0 },
      Kind(FileDestination<JSONLinesFormat>.self) { $0 },
      Kind(FileDestination<ParquetFormat>.self) { $0 },
    ],
    receivers: [
      Kind(WebhookNotifier.self) { $0 }, Kind(SlackNotifier.self) { $0 },
      Kind(EmailNotifier.self) { $0 }, Kind(CommandNotifier.self) { $0 },
    ])

  private static let transforms: [Kind<any Transform>] = [
    Kind(Filter.self) { $0 }, Kind(SQLTransform.self) { $0 },
    Kind(DropNulls.self) { $0 }, Kind(Rename.self) { $0 }, Kind(Select.self) { $0 },
    Kind(Cast.self) { $0 }, Kind(Derive.self) { $0 }, Kind(Normalise.self) { $0 },
    Kind(Mask.self) { $0 }, Kind(Lookup.self) { $0 }, Kind(Unnest.self) { $0 },
    Kind(Flatten.self) { $0 }, Kind(Split.self) { $0 }, Kind(Sample.self) { $0 },
    Kind(Deduplicate.self) { $0 }, Kind(QualityScore.self) { $0 }, Kind(Aggregate.self) { $0 },
    Kind(Window.self) { $0 }, Kind(DetectAnomalies.self) { $0 },
    Kind(InferSchema.self) { $0 }, Kind(Categorise.self) { $0 },
    Kind(Expect.self) { $0 }, Kind(Contract.self) { $0 },
  ]
}
