internal import Catchment
internal import DuckDB

/// A file destination that is open, for one pipeline.
///
/// A load is three steps: the manifest says what is going to be, the data gets its name, the manifest
/// says that it has. A process that is killed between them is found out by the data's SHA-256 when the
/// destination is opened again, and the load then has happened or has not.
final class FileSession: DestinationSession {
  private let place: FilePlace
  private let data: any FileData
  private let pipeline: String
  private let bench: Workbench
  private let store: any FileStore
  private var manifest: FileManifest

  init(
    place: FilePlace, in store: any FileStore, data: any FileData, pipeline: String,
    bench: Workbench
  ) throws(CatchmentError) {
    self.place = place
    self.store = store
    self.data = data
    self.pipeline = pipeline
    self.bench = bench
    manifest = try FileManifest.read(place.manifest, in: store)
    try settle()
  }

  /// Finds out what became of a load or a rollback that was being done when its process ended, or when
  /// it failed.
  private func settle() throws(CatchmentError) {
    guard let last = manifest.commits.last, !last.isDone || last.isLeaving else { return }
    if last.isLeaving {
      try giveBack(last)
      manifest.commits.removeLast()
    } else if try data.isThere(last) {
      manifest.commits[manifest.commits.count - 1].isDone = true
    } else {
      manifest.commits.removeLast()
      try data.discard(last)
      if let rejects = last.rejects { try store.remove(place.path(of: rejects)) }
    }
    try writeManifest()
  }

  private func writeManifest() throws(CatchmentError) {
    try manifest.write(place.manifest, in: store)
  }

  // MARK: What is there

  func runs() throws(CatchmentError) -> [Run] {
    manifest.runs.filter { $0.pipeline == pipeline }.map(\.run)
      .sorted { ($0.started, $0.id) < ($1.started, $1.id) }
  }

  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit] {
    manifest.committedUnits(of: pipeline, in: place)
  }

  func newestToken() throws(CatchmentError) -> Int64 { manifest.runs.map(\.token).max() ?? 0 }

  // MARK: A run

  func begin(_ run: Run) throws(CatchmentError) {
    for place in manifest.runs.indices
    where manifest.runs[place].pipeline == pipeline && manifest.runs[place].status == "running" {
      manifest.runs[place].status = Run.Status.killed.rawValue
    }
    var line = FileManifest.RunLine(run)
    line.status = Run.Status.running.rawValue
    manifest.runs.append(line)
    try writeManifest()
  }

  func end(_ run: Run) throws(CatchmentError) {
    try settle()
    guard let index = manifest.runs.lastIndex(where: { $0.id == run.id }) else { return }
    manifest.runs[index] = FileManifest.RunLine(run)
    try writeManifest()
  }

  func readsOnce() -> Bool { data.readsOnce }

  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    try settle()
    var commit = FileManifest.Commit(
      number: (manifest.commits.last?.number ?? 0) + 1, run: run.id, pipeline: pipeline)
    var counts = RecordCounts()
    guard let rows = batch.rows else {
      commit.note(batch)
      try mayCommit()
      carryUnits(into: &commit)
      try finish(commit)
      return counts
    }
    do throws(CatchmentError) {
      counts.loaded = try data.stage(rows, &commit)
      commit.note(try batch.settled(in: bench))
      try noteRejects(of: batch, in: &commit)
      try mayCommit()
      try publish(commit)
    } catch {
      // What went wrong first is what the caller must hear; a rest is settled later.
      do throws(CatchmentError) { try takeBack(commit) } catch {}
      throw error
    }
    return counts
  }

  /// Removes what a load left that failed.
  private func takeBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    guard manifest.commits.last?.number != commit.number else { return try settle() }
    try data.discard(commit)
    if let rejects = commit.rejects { try store.remove(place.path(of: rejects)) }
  }

  private func noteRejects(
    of batch: Batch, in commit: inout FileManifest.Commit
  ) throws(CatchmentError) {
    guard !batch.rejects.isEmpty else { return }
    let path = place.rejects(of: commit.number)
    let draft = store.draft(of: path)
    commit.rejected = try FileRejects(batch, bench).write(to: draft)
    commit.rejects = FilePlace.name(path)
    try store.publish(draft, as: path, sha256: FileSum(of: draft)?.sha256 ?? "")
  }

  func deadLetters() throws(CatchmentError) -> Int {
    manifest.commits.filter { $0.pipeline == pipeline && $0.isDone }
      .reduce(0) { $0 + $1.letters.count + ($1.rejected ?? 0) }
  }

  private func publish(_ commit: FileManifest.Commit) throws(CatchmentError) {
    var commit = commit
    try data.keep(&commit)
    manifest.commits.append(commit)
    try writeManifest()
    try data.publish(commit)
    manifest.commits[manifest.commits.count - 1].isDone = true
    try writeManifest()
  }

  /// Markers alone, of units that were only touched.
  private func finish(_ commit: FileManifest.Commit) throws(CatchmentError) {
    var commit = commit
    commit.isDone = true
    manifest.commits.append(commit)
    try writeManifest()
  }

  /// A file's units are those of its last load: the others go on.
  private func carryUnits(into commit: inout FileManifest.Commit) {
    guard place.file != nil,
      let last = manifest.commits.last(where: { $0.pipeline == pipeline && $0.isDone })
    else { return }
    let paths = Set(commit.units.map(\.path))
    commit.units += last.units.filter { !paths.contains($0.path) }
  }

  // MARK: A way back

  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    guard let line = manifest.runs.first(where: { $0.id == run && $0.pipeline == pipeline }),
      line.status != Run.Status.rolledBack.rawValue
    else {
      throw CatchmentError(.usage, "there is no run \"\(run)\" to roll back")
    }
    guard let first = manifest.commits.firstIndex(where: { $0.run == run }) else {
      return try mark([run])
    }
    let later = manifest.commits[first...].filter { $0.run != run }.map(\.run)
    guard later.isEmpty || cascade else {
      throw CatchmentError(
        .refused,
        "run \(run) cannot be rolled back alone: \(Set(later).sorted().joined(separator: ", ")) came after it",
        hint: "roll those back first, or cascade")
    }
    var undone: [String] = []
    while manifest.commits.count > first, let last = manifest.commits.last {
      try undo(last)
      if !undone.contains(last.run) { undone.append(last.run) }
    }
    return try mark(undone)
  }

  /// Undoes the last commit: the manifest says that it is leaving, the data is given back, the manifest
  /// says that it has left.
  private func undo(_ last: FileManifest.Commit) throws(CatchmentError) {
    guard try last.data == nil ? true : data.isThere(last) else {
      throw CatchmentError(
        .refused,
        "\(last.data.map(place.path) ?? "") was changed by someone else since it was loaded",
        hint: "move it away, then run the pipeline again")
    }
    manifest.commits[manifest.commits.count - 1].isLeaving = true
    try writeManifest()
    try giveBack(last)
    manifest.commits.removeLast()
    try writeManifest()
  }

  private func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    if let rejects = commit.rejects { try store.remove(place.path(of: rejects)) }
    if commit.data != nil { try data.giveBack(commit) }
  }

  private func mark(_ runs: [String]) throws(CatchmentError) -> [String] {
    for place in manifest.runs.indices where runs.contains(manifest.runs[place].id) {
      manifest.runs[place].status = Run.Status.rolledBack.rawValue
    }
    try writeManifest()
    return runs
  }

  func close() { store.close() }
}

extension FileManifest.UnitLine {
  fileprivate init(_ marker: CommittedUnit) {
    self.init(
      source: marker.unit.source, path: marker.unit.path, size: marker.unit.fingerprint.size,
      modified: marker.unit.fingerprint.modified, sha256: marker.sha256, records: marker.records,
      cursor: marker.cursor)
  }
}

extension FileManifest.Commit {
  fileprivate mutating func note(_ batch: Batch) {
    units = batch.units.map(FileManifest.UnitLine.init)
    letters = FileManifest.letters(of: batch)
  }
}

extension FileManifest {
  fileprivate static func letters(of batch: Batch) -> [Letter] {
    let paths = Dictionary(
      batch.units.map { ($0.unit.id, $0.unit.path) }, uniquingKeysWith: { first, _ in first })
    return batch.deadLetters.map { unit, letter in
      Letter(
        path: paths[unit] ?? "", line: letter.line, byte: letter.byte, code: letter.code,
        message: letter.message, record: letter.record)
    }
  }
}
