internal import Catchment
internal import DuckDB

/// Many files a load, in folders by the values of some columns.
///
/// A tree that is replaced is written beside the old one, and both exchange their names in one step. A
/// tree that is added to gets its files one after another, which the manifest names once all are there.
struct FileTree: FileData {
  let place: FilePlace
  /// The folder that readers know.
  let root: String
  let partitionBy: [String]
  let ending: String
  let copy: FileCopy
  /// Once for the values of the columns, and once for each of them.
  let readsOnce = false

  private var isReplaced: Bool { place.file != nil }

  /// Where a commit's files are before they are published.
  ///
  /// What a replaced tree held lies there after.
  private func staging(_ commit: FileManifest.Commit) -> String {
    isReplaced ? place.previous(of: commit.number) : "\(root)/.catchment.part-\(commit.number)"
  }

  // MARK: Publishing

  func stage(_ rows: Relation, _ commit: inout FileManifest.Commit) throws(CatchmentError) -> Int {
    let partitions = try Partitions(of: rows, by: partitionBy, in: copy.bench)
    let staging = staging(commit)
    try FileStep.removeTree(staging)
    try FileStep.makeFolder(staging)
    var written = 0
    var files: [FileManifest.DataFile] = []
    for part in partitions.parts {
      let name = "\(part.folder)/part-\(commit.run)-\(commit.number).\(ending)"
      try FileStep.makeFolders(Path.directory(of: name), in: staging)
      written += try copy.write(partitions.query(part), to: "\(staging)/\(name)")
      let sha256 = try FileManifest.sha256(of: "\(staging)/\(name)") ?? ""
      files.append(.init(name: name, sha256: sha256))
    }
    try copy.check(written, rows, staging)
    try FileStep.synchronizeTree(staging)
    commit.data = isReplaced ? FilePlace.name(root) : "."
    commit.files = files
    return written
  }

  func discard(_ commit: FileManifest.Commit) throws(CatchmentError) {
    // What was published after all has left the old tree there.
    guard try !isThere(commit) else { return }
    if !isReplaced {
      for file in commit.files ?? [] { try remove(file) }
    }
    try FileStep.removeTree(staging(commit))
  }

  /// A replaced tree must be one that Catchment wrote: a folder with a person's own files would go.
  func keep(_ commit: inout FileManifest.Commit) throws(CatchmentError) {
    guard isReplaced, FileStep.isThere(root) else { return }
    let manifest = try FileManifest.read(place.manifest)
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
    let staging = staging(commit)
    guard !isReplaced else {
      return commit.previous == nil
        ? try FileStep.rename(staging, to: root) : try FileStep.exchange(staging, root)
    }
    for file in commit.files ?? [] {
      try FileStep.makeFolders(Path.directory(of: file.name), in: root)
      try FileStep.rename("\(staging)/\(file.name)", to: "\(root)/\(file.name)")
    }
    try FileStep.removeTree(staging)
  }

  /// - Parameter commit: one of a replaced tree is there when nothing else is.
  func isThere(_ commit: FileManifest.Commit) throws(CatchmentError) -> Bool {
    guard commit.data != nil, FileStep.isThere(root) else { return false }
    for file in commit.files ?? [] {
      guard try FileManifest.sha256(of: "\(root)/\(file.name)") == file.sha256 else { return false }
    }
    guard isReplaced else { return true }
    return try FileStep.files(in: root).count == commit.files?.count
  }

  // MARK: A way back

  func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    guard isReplaced else {
      for file in commit.files ?? [] { try remove(file) }
      return
    }
    let staging = staging(commit)
    // When it no longer is there, the names have been exchanged already.
    if commit.data != nil, try isThere(commit) {
      commit.previous == nil
        ? try FileStep.rename(root, to: staging) : try FileStep.exchange(staging, root)
    }
    try FileStep.removeTree(staging)
  }

  /// Removes a file, and the folders that it leaves empty.
  private func remove(_ file: FileManifest.DataFile) throws(CatchmentError) {
    try FileStep.remove("\(root)/\(file.name)")
    var folder = Path.directory(of: file.name)
    while folder != ".", FileStep.removeIfEmpty("\(root)/\(folder)") {
      folder = Path.directory(of: folder)
    }
  }
}
