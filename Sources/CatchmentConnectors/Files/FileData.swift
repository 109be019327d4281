internal import Catchment
internal import DuckDB

/// How the data of a load gets to where readers find it.
///
/// The session notes in the manifest what is going to be before `publish`, and that it has been after it.
/// A process may end between any two of these calls, and in the middle of each.
protocol FileData {
  /// Whether staging reads the rows once alone.
  var readsOnce: Bool { get }
  /// Writes rows where no reader looks, and notes in the commit what tells them; returns how many.
  func stage(_ rows: Relation, _ commit: inout FileManifest.Commit) throws(CatchmentError) -> Int
  /// Removes what was staged and is not going to be published; nothing may be there.
  func discard(_ commit: FileManifest.Commit) throws(CatchmentError)
  /// Keeps what a rollback needs, and notes it in the commit.
  func keep(_ commit: inout FileManifest.Commit) throws(CatchmentError)
  /// Gives the data its name.
  func publish(_ commit: FileManifest.Commit) throws(CatchmentError)
  /// Whether a commit's data is where readers find it, as it was written.
  func isThere(_ commit: FileManifest.Commit) throws(CatchmentError) -> Bool
  /// Puts what was there before in the place of a commit's data; it may have been begun already.
  func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError)
}

/// The engine's `COPY`.
struct FileCopy {
  let options: [String]
  let bench: Workbench

  /// Writes the rows of a query; returns how many the engine says it wrote.
  func write(_ query: String, to path: String) throws(CatchmentError) -> Int {
    do throws(DuckDBError) {
      let result = try bench.connection.query(
        "COPY (\(query)) TO \(SQL.literal(path)) (\(options.joined(separator: ", ")))")
      return Int(try result.scalar()?.int64 ?? -1)
    } catch {
      throw .destination(error, path)
    }
  }

  /// Writes rows; returns how many, which are all.
  func write(_ rows: Relation, to path: String) throws(CatchmentError) -> Int {
    let written = try write("SELECT * FROM \(rows.sql)", to: path)
    try check(written, rows, path)
    return written
  }

  /// That as many rows were written as there are.
  func check(_ written: Int, _ rows: Relation, _ path: String) throws(CatchmentError) {
    let expected = try bench.rowCount(of: rows)
    guard written == expected else {
      throw CatchmentError(
        .failed, "\(written) of \(expected) rows were written to \(path); nothing was published")
    }
  }
}

/// One file a load: the file itself, or one more of a folder.
struct OneFile: FileData {
  let place: FilePlace
  let store: any FileStore
  let copy: FileCopy
  let readsOnce = true

  private func path(_ commit: FileManifest.Commit) -> String {
    place.data(of: commit.number, commit.run)
  }

  private func draft(_ commit: FileManifest.Commit) -> String { store.draft(of: path(commit)) }

  func stage(_ rows: Relation, _ commit: inout FileManifest.Commit) throws(CatchmentError) -> Int {
    let draft = draft(commit)
    let written = try copy.write(rows, to: draft)
    commit.data = FilePlace.name(path(commit))
    commit.sha256 = try FileSum(of: draft)?.sha256
    return written
  }

  func discard(_ commit: FileManifest.Commit) throws(CatchmentError) {
    try FileStep.remove(draft(commit))
    // What was published after all needs what was there before.
    guard let previous = commit.previous, try !isThere(commit) else { return }
    try store.remove(place.path(of: previous))
  }

  func keep(_ commit: inout FileManifest.Commit) throws(CatchmentError) {
    guard let file = place.file else { return }
    let previous = place.previous(of: commit.number)
    if try store.keep(file, as: previous) { commit.previous = FilePlace.name(previous) }
  }

  func publish(_ commit: FileManifest.Commit) throws(CatchmentError) {
    try store.publish(draft(commit), as: path(commit), sha256: commit.sha256 ?? "")
  }

  func isThere(_ commit: FileManifest.Commit) throws(CatchmentError) -> Bool {
    guard let data = commit.data.map(place.path), let sha256 = commit.sha256 else { return false }
    return try store.sha256(of: data) == sha256
  }

  func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    let previous = commit.previous.map(place.path)
    guard let data = commit.data.map(place.path), try isThere(commit) else {
      // It has been given back, and may be kept still.
      if let previous { try store.remove(previous) }
      return
    }
    if let previous {
      try store.restore(previous, as: data)
    } else {
      try store.remove(data)
    }
  }
}
