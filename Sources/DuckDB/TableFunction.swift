/// A function written in Swift that SQL reads like a table: `SELECT * FROM numbers(10)`.
///
/// `bind` runs once for each query, when it is planned, and says what columns come. What it
/// returns is opened when the query runs, and read by as many threads as it allows. Everything is
/// called on DuckDB's threads; an error thrown anywhere fails the query with its text.
///
/// ```swift
/// try connection.register(
///   TableFunction("numbers", parameters: [.bigint]) { arguments in
///     let end = arguments[0].int64 ?? 0
///     return PromisedRows([.init("n", .bigint)], rowCount: Int(end)) {
///       var next: Int64 = 0
///       return { rows in
///         while !rows.isFull, next < end {
///           rows.set(0, next)
///           try rows.endRow()
///           next += 1
///         }
///       }
///     }
///   })
/// ```
public struct TableFunction: Sendable {
  /// The name in SQL.
  public var name: String
  /// The types of the arguments that go by position; all are required.
  public var parameters: [LogicalType]
  /// The types of the arguments that go by name, `limit := 5`; all may be left out.
  public var namedParameters: [String: LogicalType]
  /// Reads the arguments and says what comes.
  public var bind: @Sendable (Arguments) throws -> PromisedRows

  /// A function that is not known to any database before `Connection.register`.
  public init(
    _ name: String, parameters: [LogicalType] = [], namedParameters: [String: LogicalType] = [:],
    bind: @escaping @Sendable (Arguments) throws -> PromisedRows
  ) {
    self.name = name
    self.parameters = parameters
    self.namedParameters = namedParameters
    self.bind = bind
  }

  /// What a query passed to the function.
  public struct Arguments: Sendable {
    /// By position.
    public let positional: [Value]
    /// By name; what was left out is absent.
    public let named: [String: Value]

    /// The argument at a position.
    public subscript(position: Int) -> Value { positional[position] }
    /// The argument of a name, or nil when it was left out.
    public subscript(name: String) -> Value? { named[name] }
  }
}

/// The rows that a table function promises: their columns, and how to read them.
public struct PromisedRows: Sendable {
  /// Writes the next rows into the chunk; a chunk left empty ends the thread's part.
  ///
  /// Called by one thread at a time.
  public typealias Fill = (OutputChunk) throws -> Void

  /// The columns' names and types, in the order that `OutputChunk` counts them.
  public var columns: [LogicalType.Field]
  /// About how many rows come, if known: the planner orders joins by it.
  public var rowCount: Int?
  /// How many threads may read at once.
  public var threads: Int
  let open: @Sendable () throws -> @Sendable () throws -> Fill

  /// Rows that several threads read.
  ///
  /// `open` runs once for each run of the query and makes what the threads share; the closure it
  /// returns runs once a thread and makes what is that thread's own.
  public init(
    _ columns: [LogicalType.Field], rowCount: Int? = nil, threads: Int,
    open: @escaping @Sendable () throws -> @Sendable () throws -> Fill
  ) {
    self.columns = columns
    self.rowCount = rowCount
    self.threads = threads
    self.open = open
  }

  /// Rows that one thread reads, in order; `open` runs once for each run of the query.
  public init(
    _ columns: [LogicalType.Field], rowCount: Int? = nil,
    open: @escaping @Sendable () throws -> Fill
  ) {
    self.init(columns, rowCount: rowCount, threads: 1) { open }
  }
}
