internal import Foundation

/// Tells other processes how far downloads are, as `catchment status` shows it.
///
/// They belong to no home, so one that is not there is not made for them.
public final class TransferBoard: Sendable {
  private let progress = RunProgress()
  private let board: StatusBoard?

  /// Ends with `close`.
  ///
  /// - Parameters:
  ///   - name: what they are called.
  ///   - files: how many they are.
  public init(_ home: Home, _ name: String, files: Int) {
    progress.enter(.fetching)
    progress.expect(bytes: 0, units: files)
    let isThere = FileManager.default.fileExists(atPath: home.path)
    board = isThere ? StatusBoard(home, "download", [(name, progress)]) : nil
  }

  /// So many bytes more are to come than was known.
  public func expect(_ bytes: Int64) { progress.expect(bytes: bytes, units: 0) }

  /// So many bytes more, and files, have come.
  public func add(bytes: Int = 0, files: Int = 0) {
    progress.add(bytes: Int64(bytes), units: files)
  }

  /// Takes back what was told.
  public func close() { board?.close() }
}
