internal import Catchment
internal import DuckDB

/// Many files a load, added to a folder in folders by the values of some columns.
///
/// They get their names one after another, and the manifest says that they are loaded once all are there.
struct AddedFiles: FileData {
  let place: FilePlace
  let store: any FileStore
  let writer: PartitionWriter
  let readsOnce = PartitionWriter.readsOnce

  private func staging(_ commit: FileManifest.Commit) -> String {
    store.draft(of: "\(place.folder)/.catchment-\(commit.number)")
  }

  func stage(_ rows: Relation, _ commit: inout FileManifest.Commit) throws(CatchmentError) -> Int {
    commit.data = "."
    return try writer.write(rows, in: staging(commit), &commit)
  }

  func discard(_ commit: FileManifest.Commit) throws(CatchmentError) {
    try FileStep.removeTree(staging(commit))
    // A commit without data has got no file a name; what was published after all stays.
    guard commit.data != nil, try !isThere(commit) else { return }
    try giveBack(commit)
  }

  func keep(_ commit: inout FileManifest.Commit) throws(CatchmentError) {}

  func publish(_ commit: FileManifest.Commit) throws(CatchmentError) {
    let staging = staging(commit)
    for file in commit.files ?? [] {
      try store.publish(
        "\(staging)/\(file.name)", as: place.path(of: file.name), sha256: file.sha256)
    }
    try FileStep.removeTree(staging)
  }

  func isThere(_ commit: FileManifest.Commit) throws(CatchmentError) -> Bool {
    guard commit.data != nil else { return false }
    for file in commit.files ?? [] {
      guard try store.sha256(of: place.path(of: file.name)) == file.sha256 else { return false }
    }
    return true
  }

  func giveBack(_ commit: FileManifest.Commit) throws(CatchmentError) {
    for file in commit.files ?? [] { try store.remove(place.path(of: file.name)) }
  }
}
