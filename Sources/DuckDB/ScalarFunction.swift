import CDuckDB

/// A function written in Swift that SQL calls like any other, a vector of rows at a time.
///
/// ```swift
/// try connection.register(
///   ScalarFunction("shout", parameters: [.varchar], returns: .varchar) { input, output in
///     let texts = input.column(0)
///     for row in 0..<input.rowCount {
///       if !texts.isNull(at: row) { output.setText(0, texts.string(at: row).uppercased()) }
///       try output.endRow()
///     }
///   })
/// ```
public struct ScalarFunction: Sendable {
  /// The name in SQL.
  public var name: String
  /// The types of the arguments.
  public var parameters: [LogicalType]
  /// The type of further arguments, any number of them.
  public var variadic: LogicalType?
  /// The type of what comes back.
  public var returns: LogicalType
  /// Whether equal arguments may give unequal results, so that DuckDB calls it for every row.
  public var isVolatile: Bool
  /// Whether the body decides about NULL arguments.
  ///
  /// Otherwise their rows become NULL.
  public var handlesNulls: Bool
  /// Writes one row for each row of the input, in order, into column 0.
  ///
  /// Called on DuckDB's threads, several at once; neither chunk may be kept.
  public var body: @Sendable (_ input: DataChunk, _ output: OutputChunk) throws -> Void

  /// A function that is not known to any database before `Connection.register`.
  public init(
    _ name: String, parameters: [LogicalType], variadic: LogicalType? = nil, returns: LogicalType,
    isVolatile: Bool = false, handlesNulls: Bool = false,
    body: @escaping @Sendable (_ input: DataChunk, _ output: OutputChunk) throws -> Void
  ) {
    self.name = name
    self.parameters = parameters
    self.variadic = variadic
    self.returns = returns
    self.isVolatile = isVolatile
    self.handlesNulls = handlesNulls
    self.body = body
  }
}

extension Connection {
  /// Makes a scalar function known to the whole database, until it closes.
  public func register(_ function: ScalarFunction) throws(DuckDBError) {
    var raw = duckdb_create_scalar_function()
    defer { duckdb_destroy_scalar_function(&raw) }
    duckdb_scalar_function_set_name(raw, function.name)
    function.describe(to: raw)
    duckdb_scalar_function_set_extra_info(raw, Box.retain(function), destroyBox)
    duckdb_scalar_function_set_function(raw, callScalar)
    guard duckdb_register_scalar_function(try open.raw, raw) == CDUCKDB_OK else {
      throw DuckDBError(.catalog, "The function \(function.name) cannot be registered.")
    }
  }
}

extension ScalarFunction {
  fileprivate func describe(to raw: OpaquePointer?) {
    for type in parameters { CType(type).with { duckdb_scalar_function_add_parameter(raw, $0) } }
    if let variadic { CType(variadic).with { duckdb_scalar_function_set_varargs(raw, $0) } }
    CType(returns).with { duckdb_scalar_function_set_return_type(raw, $0) }
    if isVolatile { duckdb_scalar_function_set_volatile(raw) }
    if handlesNulls { duckdb_scalar_function_set_special_handling(raw) }
  }

  fileprivate func call(_ input: DataChunk, _ output: OutputChunk) throws {
    try body(input, output)
    guard output.row == input.rowCount else {
      let counts = "\(output.row) rows for \(input.rowCount)"
      throw DuckDBError(.misuse, "The function \(name) wrote \(counts).")
    }
  }
}

/// Runs on DuckDB's threads: touches nothing but the function's box.
private let callScalar: @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> Void = {
  info, chunk, vector in
  guard let chunk else { return }
  report(info, duckdb_scalar_function_set_error) {
    let function = try box(ScalarFunction.self, duckdb_scalar_function_get_extra_info(info))
    let input = DataChunk(borrowing: chunk)
    let output = OutputChunk(column: vector, type: function.returns)
    defer { output.detach() }
    try function.call(input, output)
    output.seal()
  }
}
