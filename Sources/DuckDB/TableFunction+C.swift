import CDuckDB

extension Connection {
  /// Makes a table function known to the whole database, until it closes.
  public func register(_ function: TableFunction) throws(DuckDBError) {
    var raw = duckdb_create_table_function()
    defer { duckdb_destroy_table_function(&raw) }
    duckdb_table_function_set_name(raw, function.name)
    for type in function.parameters {
      CType(type).with { duckdb_table_function_add_parameter(raw, $0) }
    }
    for (name, type) in function.namedParameters {
      CType(type).with { duckdb_table_function_add_named_parameter(raw, name, $0) }
    }
    duckdb_table_function_set_extra_info(raw, Box.retain(function), destroyBox)
    duckdb_table_function_supports_projection_pushdown(raw, true)
    duckdb_table_function_set_bind(raw, bindTable)
    duckdb_table_function_set_init(raw, openTable)
    duckdb_table_function_set_local_init(raw, openThread)
    duckdb_table_function_set_function(raw, fillTable)
    guard duckdb_register_table_function(try open.raw, raw) == CDUCKDB_OK else {
      throw DuckDBError(.catalog, "The table function \(function.name) cannot be registered.")
    }
  }
}

/// A Swift value behind a pointer that DuckDB keeps, and destroys with `destroyBox`.
final class Box<Content>: AnyBox {
  let content: Content

  init(_ content: Content) { self.content = content }

  static func retain(_ content: Content) -> UnsafeMutableRawPointer {
    Unmanaged<AnyBox>.passRetained(Box(content)).toOpaque()
  }

  static func content(of pointer: UnsafeMutableRawPointer?) -> Content? {
    pointer.flatMap { Unmanaged<AnyBox>.fromOpaque($0).takeUnretainedValue() as? Box }?.content
  }
}

class AnyBox {}

let destroyBox: @convention(c) (UnsafeMutableRawPointer?) -> Void = { pointer in
  if let pointer { Unmanaged<AnyBox>.fromOpaque(pointer).release() }
}

/// What the threads of one run share.
private struct OpenTable {
  let relation: PromisedRows
  let types: [LogicalType]
  let projection: [Int]
  let makeFill: @Sendable () throws -> PromisedRows.Fill
}

// MARK: The callbacks, on DuckDB's threads: they touch nothing but their boxes.

private let bindTable: @convention(c) (OpaquePointer?) -> Void = { info in
  report(info, duckdb_bind_set_error) {
    let function = try box(TableFunction.self, duckdb_bind_get_extra_info(info))
    let relation = try function.bind(TableFunction.Arguments(info, function))
    for column in relation.columns {
      CType(column.type).with { duckdb_bind_add_result_column(info, column.name, $0) }
    }
    if let count = relation.rowCount { duckdb_bind_set_cardinality(info, idx_t(count), false) }
    duckdb_bind_set_bind_data(info, Box.retain(relation), destroyBox)
  }
}

private let openTable: @convention(c) (OpaquePointer?) -> Void = { info in
  report(info, duckdb_init_set_error) {
    let relation = try box(PromisedRows.self, duckdb_init_get_bind_data(info))
    let columns = 0..<duckdb_init_get_column_count(info)
    let table = OpenTable(
      relation: relation, types: relation.columns.map(\.type),
      projection: columns.map { Int(truncatingIfNeeded: duckdb_init_get_column_index(info, $0)) },
      makeFill: try relation.open())
    duckdb_init_set_max_threads(info, idx_t(max(1, relation.threads)))
    duckdb_init_set_init_data(info, Box.retain(table), destroyBox)
  }
}

/// A thread's part is made at its first fill, where the run's shared part can be reached.
private let openThread: @convention(c) (OpaquePointer?) -> Void = { info in
  duckdb_init_set_init_data(info, Box.retain(ThreadPart()), destroyBox)
}

private final class ThreadPart {
  private var fill: PromisedRows.Fill?

  func fill(of table: OpenTable) throws -> PromisedRows.Fill {
    if let fill { return fill }
    let made = try table.makeFill()
    fill = made
    return made
  }
}

private let fillTable: @convention(c) (OpaquePointer?, OpaquePointer?) -> Void = { info, chunk in
  guard let chunk else { return }
  report(info, duckdb_function_set_error) {
    let table = try box(OpenTable.self, duckdb_function_get_init_data(info))
    let part = try box(ThreadPart.self, duckdb_function_get_local_init_data(info))
    let rows = OutputChunk(chunk, types: table.types, projection: table.projection)
    defer { rows.detach() }
    try part.fill(of: table)(rows)
    rows.seal()
    duckdb_data_chunk_set_size(chunk, idx_t(rows.row))
  }
}

// MARK: Their means

/// Runs `body`; an error is told to DuckDB, which fails the query with it.
func report(
  _ info: OpaquePointer?, _ setError: (OpaquePointer?, UnsafePointer<CChar>?) -> Void,
  _ body: () throws -> Void
) {
  do { try body() } catch { setError(info, "\(error)") }
}

func box<Content>(_: Content.Type, _ pointer: UnsafeMutableRawPointer?) throws -> Content {
  guard let content = Box<Content>.content(of: pointer) else {
    throw DuckDBError(.misuse, "The function has lost its \(Content.self).")
  }
  return content
}

extension TableFunction.Arguments {
  fileprivate init(_ info: OpaquePointer?, _ function: TableFunction) {
    positional = (0..<duckdb_bind_get_parameter_count(info)).map {
      Value(taking: duckdb_bind_get_parameter(info, $0))
    }
    var named: [String: Value] = [:]
    for name in function.namedParameters.keys {
      guard let value = duckdb_bind_get_named_parameter(info, name) else { continue }
      named[name] = Value(taking: value)
    }
    self.named = named
  }
}
