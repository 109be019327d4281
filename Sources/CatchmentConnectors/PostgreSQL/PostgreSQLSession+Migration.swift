internal import Catchment
internal import DuckDB
internal import Foundation

/// The schema as something that can be migrated.
extension PostgreSQLSession {
  func versions() throws(CatchmentError) -> [AppliedVersion] {
    let table = schema.qualified("schema_versions")
    guard
      try connection.rows("SELECT to_regclass(\(SQL.literal(table)))").first?.first ?? nil != nil
    else { return [] }
    let rows = try connection.rows(
      """
      SELECT version, (extract(epoch FROM applied_at) * 1000000)::bigint, description,
        migration_script
      FROM \(table)
      """)
    return AppliedVersion.sorted(rows.map { ($0[0], $0[1].flatMap { Int64($0) }, $0[2], $0[3]) })
  }

  func migrate(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) {
    let dialect = FollowerScript.Dialect(
      now: "now()", wording: \.postgreSQL, table: schema.qualified,
      type: { PostgreSQLType($0).name })
    let found = try schema.columns().mapValues { Set($0.keys) }
    for statement in FollowerScript(dialect, found: found).statements(migration, direction) {
      try connection.execute(statement)
    }
    try connection.execute("COMMIT")
  }

  /// A server's tables are its keeper's to back up: nothing is migrated without a dump, made after
  /// the last publication.
  func backUp(_ version: SchemaVersion, dump: String?) throws(CatchmentError) -> String {
    guard let dump else {
      throw CatchmentError(
        .refused, "\(url.shown) is not migrated without a dump of it",
        hint: "make one with `pg_dump --schema=\(url.schema) --file=talks.sql` and name it with "
          + "--dump talks.sql; or say --no-backup")
    }
    guard let made = Unit.Fingerprint.current(of: dump)?.modified, try isDump(dump) else {
      throw CatchmentError(
        .refused, "\(dump) is no dump that pg_dump made",
        hint: "make one with `pg_dump --schema=\(url.schema) --file=\(dump)`")
    }
    guard try made >= publishedAt() else {
      throw CatchmentError(
        .refused, "\(dump) is older than the last publication into \(url.shown)",
        hint: "make it anew")
    }
    return dump
  }

  /// By the beginning: of a text, of the custom format, or of a tar file or a directory with one.
  private func isDump(_ path: String) throws(CatchmentError) -> Bool {
    let file = FileManager.default.fileExists(atPath: "\(path)/toc.dat") ? "\(path)/toc.dat" : path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue,
      let handle = FileHandle(forReadingAtPath: file)
    else { return false }
    let start: Data
    do {
      start = try handle.read(upToCount: 512) ?? Data()
      try handle.close()
    } catch {
      throw CatchmentError(
        .sourceUnavailable, "the dump \(path) cannot be read", cause: error.localizedDescription)
    }
    return start.starts(with: "PGDMP".utf8) || start.starts(with: "toc.dat".utf8)
      || String(decoding: start, as: UTF8.self).contains("PostgreSQL database dump")
  }

  /// Nanoseconds since 1970.
  private func publishedAt() throws(CatchmentError) -> Int64 {
    let rows = try connection.rows(
      """
      SELECT (extract(epoch FROM max(value)::timestamptz) * 1000000000)::bigint
      FROM \(schema.qualified("catchment_publication")) WHERE fact = 'published_at'
      """)
    return rows.first?.first.flatMap { $0.flatMap { Int64($0) } } ?? 0
  }
}
