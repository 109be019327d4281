internal import CPostgres
internal import Catchment

/// A connection to a server through libpq; everything that the server says comes as text.
final class PostgreSQLConnection {
  let url: PostgreSQLURL
  private var raw: OpaquePointer?

  /// Throws `configuration` when the server refuses who asks, `destinationUnavailable` when there is
  /// none.
  init(_ url: PostgreSQLURL) throws(CatchmentError) {
    self.url = url
    // What stands before the URL is a default, what stands after it is not to be overridden.
    let options = [
      ("connect_timeout", "10"), ("fallback_application_name", "catchment"),
      ("dbname", url.connection), ("client_encoding", "UTF8"),
    ]
    raw = Self.connect(options)
    guard PQstatus(raw) == CONNECTION_OK else {
      // What was begun is let go by `deinit`, which runs for this failure too.
      throw connectionFailure()
    }
    PQsetNoticeProcessor(raw, { _, _ in }, nil)
  }

  deinit { close() }

  func close() {
    PQfinish(raw)
    raw = nil
  }

  private static func connect(_ options: [(String, String)]) -> OpaquePointer? {
    let names = options.map { strdup($0.0) }
    let values = options.map { strdup($0.1) }
    defer { for text in names + values { free(text) } }
    let keywords = names.map { UnsafePointer($0) } + [nil]
    let settings = values.map { UnsafePointer($0) } + [nil]
    return PQconnectdbParams(keywords, settings, 1)
  }

  /// Whether the connection is still there, as far as libpq has noticed.
  var isOpen: Bool { PQstatus(raw) == CONNECTION_OK }

  // MARK: Statements

  /// Runs statements that give no rows that matter.
  func execute(_ sql: String) throws(CatchmentError) { _ = try rows(sql) }

  /// Runs statements; the rows of the last, NULL being nil.
  func rows(_ sql: String) throws(CatchmentError) -> [[String?]] {
    let result = PQexec(raw, sql)
    defer { PQclear(result) }
    try check(result, PGRES_TUPLES_OK, PGRES_COMMAND_OK)
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1
          ? nil : String(cString: PQgetvalue(result, row, column))
      }
    }
  }

  /// Runs a statement that changes rows; the result is how many.
  func change(_ sql: String) throws(CatchmentError) -> Int {
    let result = PQexec(raw, sql)
    defer { PQclear(result) }
    try check(result, PGRES_COMMAND_OK)
    return Int(String(cString: PQcmdTuples(result))) ?? 0
  }

  /// Runs a statement with values for its `$1`, or several without; `body` reads the result.
  func run<R>(
    _ sql: String, _ values: [String?], _ body: (OpaquePointer) -> R
  ) throws(CatchmentError) -> R {
    let texts = values.map { $0.flatMap { strdup($0) } }
    defer { for text in texts { free(text) } }
    let pointers = texts.map { UnsafePointer($0) }
    let result =
      values.isEmpty
      ? PQexec(raw, sql)
      : PQexecParams(raw, sql, Int32(values.count), nil, pointers, nil, nil, 0)
    defer { PQclear(result) }
    try check(result, PGRES_TUPLES_OK, PGRES_COMMAND_OK)
    guard let result else { throw failure(nil) }
    return body(result)
  }

  // MARK: COPY

  /// Runs a `COPY … FROM STDIN`; `body` hands over the bytes, in pieces of any size.
  ///
  /// Returns how many rows the server took.
  func copyIn(
    _ sql: String,
    _ body: (_ send: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void)
      throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> Int {
    let start = PQexec(raw, sql)
    defer { PQclear(start) }
    try check(start, PGRES_COPY_IN)
    do throws(CatchmentError) {
      try body { (bytes) throws(CatchmentError) in try send(bytes) }
    } catch {
      // The server is told, so that the connection can go on; what went wrong first is what counts,
      // unless it was the server itself.
      PQputCopyEnd(raw, "given up")
      let refusal = refusal()
      throw error.code == .destinationUnavailable ? refusal ?? error : error
    }
    guard PQputCopyEnd(raw, nil) == 1 else { throw failure(nil) }
    return try copied()
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    let sent = PQputCopyData(
      raw, start.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count))
    guard sent == 1 else { throw failure(nil) }
  }

  /// The outcome of a COPY that has ended.
  private func copied() throws(CatchmentError) -> Int {
    var count = 0
    var error: CatchmentError?
    while let result = PQgetResult(raw) {
      defer { PQclear(result) }
      if PQresultStatus(result) == PGRES_COMMAND_OK {
        count = Int(String(cString: PQcmdTuples(result))) ?? 0
      } else {
        error = error ?? failure(result)
      }
    }
    if let error { throw error }
    return count
  }

  private func refusal() -> CatchmentError? {
    do throws(CatchmentError) {
      _ = try copied()
      return nil
    } catch { return error.cause?.contains("given up") == true ? nil : error }
  }

  /// Runs a `COPY … TO STDOUT`; `body` gets each piece that the server sends, which for a binary
  /// copy is a row, the first after the header.
  func copyOut(
    _ sql: String, _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    try beginCopyOut(sql)
    while try copyOutNext(body) {}
  }

  /// Begins a copy whose pieces `copyOutNext` gives.
  func beginCopyOut(_ sql: String) throws(CatchmentError) {
    let start = PQexec(raw, sql)
    defer { PQclear(start) }
    try check(start, PGRES_COPY_OUT)
  }

  /// Hands out the next piece; false when there was none, and the copy has ended.
  func copyOutNext(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> Bool {
    var buffer: UnsafeMutablePointer<CChar>?
    let count = PQgetCopyData(raw, &buffer, 0)
    guard count > 0, let buffer else {
      guard count == -1 else { throw failure(nil) }
      _ = try copied()
      return false
    }
    defer { PQfreemem(buffer) }
    try body(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
    return true
  }

  // MARK: Failures

  private func check(
    _ result: OpaquePointer?, _ allowed: ExecStatusType...
  ) throws(CatchmentError) {
    guard let result, allowed.contains(PQresultStatus(result)) else { throw failure(result) }
  }

  private func failure(_ result: OpaquePointer?) -> CatchmentError {
    let state = result.flatMap { PQresultErrorField($0, catchment_sqlstate_field) }
    let message = result.flatMap { PQresultErrorMessage($0) } ?? PQerrorMessage(raw)
    return .postgreSQL(
      state: state.map { String(cString: $0) }, message: said(message), isOpen: isOpen, url)
  }

  private func connectionFailure() -> CatchmentError {
    .postgreSQL(unreachable: said(PQerrorMessage(raw)), url)
  }

  private func said(_ message: UnsafePointer<CChar>?) -> String {
    let text = message.map { String(cString: $0) } ?? ""
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }
    return url.scrubbed(lines.joined(separator: "; "))
  }
}
