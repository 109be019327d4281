public import Catchment

/// How rows are written into a file, by the engine's `COPY`.
public protocol FileFormat: Configurable {
  /// What the names of its files end with: `csv`.
  static var ending: String { get }
  /// The options of `COPY`, such as `FORMAT csv, HEADER true`.
  var copyOptions: [String] { get }
}

/// How a file of text is compressed.
public enum TextCompression: String, OptionWord, Hashable {
  case none, gzip, zstd
}

/// Comma-separated values.
public struct CSVFormat: FileFormat {
  public static let kind = "csv"
  public static let ending = "csv"
  public static let summary = "A file of comma- or otherwise separated values."
  public static var options: [StepOption<CSVFormat>] {
    [
      .optional("delimiter", \.delimiter, "What stands between values."),
      .optional("header", \.hasHeader, "Whether the first line has the columns' names."),
      .optional("null", \.null, "What is written for no value."),
      .optional("compression", \.compression, "How the file is compressed."),
    ]
  }

  private var delimiter = ","
  private var hasHeader = true
  private var null = ""
  private var compression = TextCompression.none

  public init() {}

  public var copyOptions: [String] {
    [
      "FORMAT csv", "DELIMITER \(SQL.literal(delimiter))", "HEADER \(hasHeader)",
      "NULLSTR \(SQL.literal(null))", "COMPRESSION \(compression.rawValue)",
    ]
  }
}

/// An array of objects.
public struct JSONFormat: FileFormat {
  public static let kind = "json"
  public static let ending = "json"
  public static let summary = "A file that holds an array of JSON objects."
  public static var options: [StepOption<JSONFormat>] {
    [.optional("compression", \.compression, "How the file is compressed.")]
  }

  private var compression = TextCompression.none

  public init() {}

  public var copyOptions: [String] {
    ["FORMAT json", "ARRAY true", "COMPRESSION \(compression.rawValue)"]
  }
}

/// An object a line.
public struct JSONLinesFormat: FileFormat {
  public static let kind = "jsonl"
  public static let ending = "jsonl"
  public static let summary = "A file of one JSON object a line."
  public static var options: [StepOption<JSONLinesFormat>] {
    [.optional("compression", \.compression, "How the file is compressed.")]
  }

  private var compression = TextCompression.none

  public init() {}

  public var copyOptions: [String] {
    ["FORMAT json", "ARRAY false", "COMPRESSION \(compression.rawValue)"]
  }
}

/// Columns.
public struct ParquetFormat: FileFormat {
  public static let kind = "parquet"
  public static let ending = "parquet"
  public static let summary = "A file of Parquet."
  public static var options: [StepOption<ParquetFormat>] {
    [
      .optional("compression", \.compression, "How columns are compressed."),
      .optional("row_group", \.rowGroup, "Rows of a row group."),
    ]
  }

  /// Codecs that readers of Parquet know.
  public enum Codec: String, OptionWord, Hashable {
    case zstd, snappy, gzip, uncompressed
  }

  private var compression = Codec.zstd
  /// A third of what the engine would take: as fast and as small a file, and a third of the memory that the
  /// rows of a group are held in, for which its threads wait for one another where there is little.
  private var rowGroup = 40_960

  public init() {}

  public var copyOptions: [String] {
    ["FORMAT parquet", "COMPRESSION \(compression.rawValue)", "ROW_GROUP_SIZE \(rowGroup)"]
  }

  public func check() throws(OptionError) {
    guard rowGroup > 0 else { throw OptionError("has a row_group of \(rowGroup); give 1 or more") }
  }
}
