internal import Catchment

/// Writes rows into files, in folders by the values of some columns.
struct PartitionWriter {
  let partitionBy: [String]
  let ending: String
  let copy: FileCopy

  /// Once for the values of the columns, and once for each of them.
  static let readsOnce = false

  /// Writes a load's files below a folder that is made anew, and notes them in the commit; returns how
  /// many rows they hold, which are all.
  func write(
    _ rows: Relation, in staging: String, _ commit: inout FileManifest.Commit
  ) throws(CatchmentError) -> Int {
    let partitions = try Partitions(of: rows, by: partitionBy, in: copy.bench)
    try FileStep.removeTree(staging)
    try FileStep.makeFolder(staging)
    var written = 0
    var files: [FileManifest.DataFile] = []
    for part in partitions.parts {
      let name = "\(part.folder)/part-\(commit.run)-\(commit.number).\(ending)"
      try FileStep.makeFolders(Path.directory(of: name), in: staging)
      written += try copy.write(partitions.query(part), to: "\(staging)/\(name)")
      let sha256 = try FileSum(of: "\(staging)/\(name)")?.sha256 ?? ""
      files.append(.init(name: name, sha256: sha256))
    }
    try copy.check(written, rows, staging)
    commit.files = files
    return written
  }
}
