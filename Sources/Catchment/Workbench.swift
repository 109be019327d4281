public import DuckDB

/// A private session of the engine, in which a pipeline's relations live while it runs.
///
/// ```swift
/// let bench = try Workbench()
/// let numbers = try bench.table("SELECT range AS n FROM range(10)")
/// let even = try bench.view("SELECT * FROM \(numbers.sql) WHERE n % 2 = 0")
/// try bench.count(even)   // 5
/// ```
///
/// Not `Sendable`: one task uses it. Everything in it goes when it does.
public final class Workbench {
  /// The session itself, for what the functions here do not say, such as `ATTACH`.
  public let connection: Connection
  /// The directory that it spills into; empty for none.
  public let spill: String
  /// What the engine may hold, in bytes.
  public let memory: Int
  private let threads: Int
  private let database: Database
  /// How many relations were made; what is made later has a higher number.
  public private(set) var made = 0
  private var relations: [Int: Relation] = [:]
  private var texts: [Int: String] = [:]
  private var passages: [String: Passage] = [:]
  private var findings: [String: any Sendable] = [:]
  /// How many rows of a unit sources need read; nil for all.
  public var rowLimit: Int?
  /// Whether what sources read now is read once, so that it need not be held.
  public var readsOnce = false

  /// With less memory one thread works: each holds a group of rows and the blocks that it reads them from,
  /// of a wide table some 60 MiB.
  private static let roomForThreads = 192 << 20

  /// - Parameters:
  ///   - memory: what the engine may hold, in bytes; it spills beyond.
  ///   - spill: a directory of its own to spill into; without one it may not spill.
  public init(
    memory: Int = 512 << 20, threads: Int = 2, spill: String = ""
  ) throws(CatchmentError) {
    (self.spill, self.memory) = (spill, memory)
    self.threads = memory < Self.roomForThreads ? 1 : threads
    do throws(DuckDBError) {
      database = try Database(
        options: .init(
          memoryLimit: memory, threads: self.threads,
          temporaryDirectory: spill,
          extra: ["autoinstall_known_extensions": "false"]))
      connection = try database.connect()
    } catch {
      throw CatchmentError(.failed, "the engine could not be started", cause: error.description)
    }
  }

  /// Rows that are computed each time they are read.
  ///
  /// - Parameter choice: the relation that it chooses columns and rows of, when it computes nothing.
  public func view(
    _ sql: String, of choice: Relation? = nil
  ) throws(CatchmentError) -> Relation {
    let name = nextName()
    try execute("CREATE TEMP VIEW \(SQL.identifier(name)) AS \(sql)")
    texts[made] = sql
    passages[name] = choice.flatMap { passages[$0.name] }
    return try relation(name, isHeld: false, isDirect: choice?.isDirect ?? false)
  }

  /// Rows that are computed once and held, in memory or spilled.
  public func table(_ sql: String) throws(CatchmentError) -> Relation {
    let name = nextName()
    try execute("CREATE TEMP TABLE \(SQL.identifier(name)) AS \(sql)")
    texts[made] = sql
    return try relation(name, isHeld: true, isDirect: true)
  }

  /// Rows of a source's file, computed once and held: no more of them than `rowLimit`.
  public func read(_ sql: String) throws(CatchmentError) -> Relation {
    try table(sql + (rowLimit.map { " LIMIT \($0)" } ?? ""))
  }

  /// The same with the records that cannot be read, of which `deadLetters` tells afterwards.
  ///
  /// When `readsOnce`, nothing is read yet.
  ///
  /// - Parameter isReadAhead: whether a thread that is not the engine's reads them.
  public func extract(
    _ sql: String, isReadAhead: Bool = false,
    deadLetters: @escaping Passage.Letters = { (_) throws(CatchmentError) in [] }
  ) throws(CatchmentError) -> Extracted {
    if readsOnce, rowLimit == nil {
      return Extracted(try pass(sql, isReadAhead: isReadAhead, deadLetters: deadLetters))
    }
    let rows = try read(sql)
    return Extracted(rows, deadLetters: try deadLetters(self))
  }

  /// Rows that are computed as they are read, which may be done once alone: they are counted and hashed
  /// as they pass, and `passage(of:)` then says what came.
  ///
  /// - Parameter isReadAhead: whether a thread that is not the engine's reads them.
  public func pass(
    _ sql: String, isReadAhead: Bool = false,
    deadLetters: @escaping Passage.Letters = { (_) throws(CatchmentError) in [] }
  ) throws(CatchmentError) -> Relation {
    let source = try view(sql)
    let passage = Passage(isReadAhead: isReadAhead, deadLetters: deadLetters)
    let function = "catchment_passes_\(made)"
    do throws(DuckDBError) {
      try connection.register(passage.function(named: function))
    } catch {
      throw .step(error)
    }
    let name = nextName()
    try execute(
      """
      CREATE TEMP VIEW \(SQL.identifier(name)) AS SELECT * FROM \(source.sql)
      WHERE \(function)(hash(\(source.columnList)))
      """)
    texts[made] = sql
    passages[name] = passage
    return try relation(name, isHeld: false, isDirect: true)
  }

  /// What costs much and is the same for every unit of a run, such as what was learnt from a file: it is
  /// found out when it is asked for first.
  ///
  /// - Parameter name: tells it from what others find out.
  public func once<Finding: Sendable>(
    _ name: String, _ find: () throws(CatchmentError) -> Finding
  ) throws(CatchmentError) -> Finding {
    // What was found may be nothing, which is known too.
    if let held = findings[name], let known = held as? Finding { return known }
    let found = try find()
    findings[name] = found
    return found
  }

  /// Streams rows by the caller's thread alone when another reads them already: a second thread of the
  /// engine would take the work, and the caller's would wait for it without rest.
  public func streaming<R>(
    _ rows: Relation, _ body: () throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    guard passage(of: rows)?.isReadAhead == true, threads > 1 else { return try body() }
    try execute("SET threads = 1")
    let result = Result { () throws(CatchmentError) in try body() }
    do throws(CatchmentError) { try execute("SET threads = \(threads)") } catch {
      // What went wrong first is what the caller must hear.
      _ = try result.get()
      throw error
    }
    return try result.get()
  }

  /// What came of rows that pass; nil of any others.
  public func passage(of relation: Relation) -> Passage? { passages[relation.name] }

  /// The queries of the relations that were made after the first `count` and are still there.
  public func statements(after count: Int) -> [String] {
    texts.filter { $0.key > count }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The same rows, computed: a table has them, and `rowid` says their order.
  public func hold(_ relation: Relation) throws(CatchmentError) -> Relation {
    relation.isHeld ? relation : try table("FROM \(relation.sql)")
  }

  /// Forgets the relations that were made after the first `count`, but for those to keep, which must
  /// be held: a view that is kept would have lost what it reads.
  public func release(after count: Int, keeping kept: [Relation] = []) throws(CatchmentError) {
    let names = Set(kept.map(\.name))
    for (number, relation) in relations where number > count && !names.contains(relation.name) {
      try execute("DROP \(relation.isHeld ? "TABLE" : "VIEW") \(relation.sql)")
      (relations[number], texts[number]) = (nil, nil)
      passages[relation.name] = nil
    }
  }

  /// How many rows were loaded from a relation, whatever kind it is of.
  public func rowCount(of relation: Relation) throws(CatchmentError) -> Int {
    if let passage = passage(of: relation) { return passage.rows }
    return try count(relation)
  }

  /// How many rows there are; a view is computed for it.
  ///
  /// Throws `failed` for rows that pass.
  public func count(_ relation: Relation) throws(CatchmentError) -> Int {
    guard !relation.isPassing else {
      throw CatchmentError(.failed, "rows that may be read once were to be counted first")
    }
    let count = try query("SELECT count(*) FROM \(relation.sql)").first?.first?.int64
    return Int(count ?? 0)
  }

  /// A number for the rows that is the same whatever their order.
  ///
  /// Names of columns are no part of it.
  public func checksum(_ relation: Relation) throws(CatchmentError) -> String {
    let sum = try query(
      """
      SELECT coalesce(sum(hash(\(relation.columnList))), 0)::VARCHAR FROM \(relation.sql)
      """)
    return sum.first?.first?.text ?? ""
  }

  /// The rows of a small result.
  public func query(_ sql: String) throws(CatchmentError) -> [[Value]] {
    do throws(DuckDBError) { return try connection.query(sql).rows() } catch { throw .step(error) }
  }

  /// Runs statements whose result nobody wants.
  ///
  /// Throws `configuration` when the SQL is wrong, `interrupted` when it was stopped, else
  /// `failed`.
  public func execute(_ sql: String) throws(CatchmentError) {
    do throws(DuckDBError) { try connection.execute(sql) } catch { throw .step(error) }
  }

  private func nextName() -> String {
    made += 1
    return "relation \(made)"
  }

  private func relation(
    _ name: String, isHeld: Bool, isDirect: Bool
  ) throws(CatchmentError) -> Relation {
    do throws(DuckDBError) {
      let result = try connection.query("FROM temp.main.\(SQL.identifier(name)) LIMIT 0")
      let columns = zip(result.columnNames, result.columnTypes).map(Relation.Column.init)
      // The engine tells them apart, but its interface cuts them at U+0000.
      guard Set(columns.map(\.name)).count == columns.count else {
        throw DuckDBError(.invalidInput, "The names of columns hold U+0000.")
      }
      let relation = Relation(
        name: name, columns: columns, isHeld: isHeld, isDirect: isDirect,
        isPassing: passages[name] != nil)
      relations[made] = relation
      return relation
    } catch {
      throw .step(error)
    }
  }
}

extension DuckDBError {
  private static let advice = [
    "Possible fixes:", "Possible Solution:", "The search space used was:",
  ].map { Array($0.utf8) }

  /// Its first paragraph, without the whole of a line that it cites: what follows is advice for who wrote
  /// the SQL, as is the place in that.
  fileprivate var summary: String {
    let lines = message.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.prefix { line in !line.isEmpty && !Self.advice.contains(where: line.starts(with:))
    }
    .map { String(decoding: $0.prefix(300), as: UTF8.self) + ($0.count > 300 ? "…" : "") }
    .joined(separator: "\n")
  }
}

extension CatchmentError {
  private static let lackOfMemory = "the engine has too little memory for these rows"

  /// Whether more memory would have helped.
  public var isLackOfMemory: Bool { message == Self.lackOfMemory }

  /// What the engine said about a step's SQL.
  fileprivate static func step(_ error: DuckDBError) -> CatchmentError {
    switch error.code {
    case .interrupted:
      CatchmentError(.interrupted, "interrupted", cause: error.message)
    case .syntax, .binder, .catalog:
      CatchmentError(
        .configuration, "the SQL of a step is wrong: \(error.description)",
        hint: "correct it; the rows it is given are called input")
    case .outOfMemory:
      CatchmentError(
        .failed, lackOfMemory, hint: "give it more, such as --memory 1GiB", cause: error.summary)
    default:
      CatchmentError(.failed, "a step failed", cause: error.summary)
    }
  }
}
