internal import Catchment
internal import DuckDB
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The few steps on files that a load is made of, each of them durable when it returns.
enum FileStep {
  /// Makes a file's bytes durable and gives it its name.
  static func publish(_ temporary: String, as path: String) throws(CatchmentError) {
    try synchronize(temporary, O_RDONLY)
    guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
    try synchronize(Path.directory(of: path), O_RDONLY | O_DIRECTORY)
  }

  /// Gives a file a second name, by which it stays when the first is taken from it; false when there is
  /// no such file.
  static func keep(_ path: String, as other: String) throws(CatchmentError) -> Bool {
    unlink(other)
    guard link(path, other) != 0 else { return true }
    guard errno == ENOENT else { throw failure("keep", path) }
    return false
  }

  /// Writes rows into a file by the engine's `COPY`; returns how many it says it wrote.
  static func write(
    _ rows: Relation, to path: String, _ options: [String], in bench: Workbench
  ) throws(CatchmentError) -> Int {
    do throws(DuckDBError) {
      let result = try bench.connection.query(
        """
        COPY (SELECT * FROM \(rows.sql)) TO \(SQL.literal(path))
        (\(options.joined(separator: ", ")))
        """)
      let written = Int(try result.scalar()?.int64 ?? -1)
      let expected = try bench.connection.query("SELECT count(*) FROM \(rows.sql)").scalar()?.int64
      guard Int64(written) == expected else {
        throw DuckDBError(.other, "\(written) of \(expected ?? 0) rows were written")
      }
      return written
    } catch {
      throw .destination(error, path)
    }
  }

  /// Removes a file that may be gone already.
  static func remove(_ path: String) throws(CatchmentError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
  }

  /// Makes a folder that may be there already; its parent must be.
  static func makeFolder(_ path: String) throws(CatchmentError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
  }

  private static func synchronize(_ path: String, _ flags: Int32) throws(CatchmentError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("make durable", path) }
  }

  private static func failure(_ action: String, _ path: String) -> CatchmentError {
    CatchmentError(
      .destinationUnavailable, "could not \(action) \(path)",
      hint: "check that its folder is there and may be written to, and the free space",
      cause: String(cString: strerror(errno)))
  }
}

/// The right of one process to load into a file destination; the kernel takes it back when the process
/// ends, however it ends.
final class FileLock {
  private let descriptor: Int32

  init(_ path: String) throws(CatchmentError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw CatchmentError(
        .destinationUnavailable, "could not create \(path)",
        hint: "check that its folder is there and may be written to",
        cause: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw CatchmentError(
        .locked, "another process loads into \(path)", hint: "wait until it is done, or stop it")
    }
  }

  deinit { close(descriptor) }
}
