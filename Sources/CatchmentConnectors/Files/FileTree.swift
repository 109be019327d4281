internal import Catchment

/// A folder of this machine that is replaced as a whole, with its files in folders by the values of some
/// columns.
///
/// The tree is written beside the old one, and both exchange their names in one step.
struct FileTree: FileData {
  let place: FilePlace
  /// The folder that readers know.
  let root: String
  let store: any FileStore
  let writer: PartitionWriter
  let readsOnce = PartitionWriter.readsOnce

  /// Where a commit's files are before they are published, and what they replaced after.
  private func staging(_ commit: FileManifest.Commit) -> String {
    place.previous(of: commit.number)
  }

  // MARK: Publishing

  func stage(_ rows: Relation, _ commit: inout FileManifest.Commit) throws(CatchmentError) -> Int {
    let staging = staging(commit)
    let written = try writer.write(rows, in: staging, &commit)
    try FileStep.synchronizeTree(staging)
    commit.data = FilePlace.name(root)
    return written
  }

  func discard(_ commit: FileManifest.Commit) throws(CatchmentError) {
    // What was published after all has left the old tree there.
    guard try !isThere(commit) else { return }
    try FileStep.removeTree(staging(commit))
  }

  /// A replaced tree must be one that Catchment wrote: a folder with a person's own files would go.
  func keep(_ commit: inout FileManifest.Commit) throws(CatchmentError) {
    guard FileStep.isThere(root) else { return }
    let manifest = try FileManifest.read(place.manifest, in: store)
    let last = manifest.commits.last { $0.files != nil && $0.isDone }
    let known = Set((last?.files ?? []).map(\.name))
    if let stranger = try FileStep.files(in: root).first(where: { !known.contains($0) }) {
      throw CatchmentError(
        .refused, "the folder \(root) holds \(stranger), which is not of this pipeline's last load",
        hint: "move it away, or give another path; the folder is replaced as a whole")
    }
    commit.previous = FilePlace.name(staging(commit))
  }

  func publish(_ commit: FileManifest.Commit) throws(CatchmentError) {
    commit.previous == nil
      ? try FileStep.rename(staging(commit), to: root)
      : try FileStep.exchange(staging(commit), root)
  }

  /// Whether its files are there, and nothing else is.
  func isThere(_ commit: FileManifest.Commit) throws(CatchmentError) -> Bool {
    guard commit.data != nil, FileStep.isThere(root) else { return false }
    for file in commit.files ?? [] {
      guard try store.sha256(of: "\(root)/\(file.name)") == file.sha256 else { return false }
    }
    return try FileStep.files(in: root).count == commit.files?.count
  }

  // MARK: A way back

  func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    let staging = staging(commit)
    // When it no longer is there, the names have been exchanged already.
    if commit.data != nil, try isThere(commit) {
      commit.previous == nil
        ? try FileStep.rename(root, to: staging) : try FileStep.exchange(staging, root)
    }
    try FileStep.removeTree(staging)
  }
}
