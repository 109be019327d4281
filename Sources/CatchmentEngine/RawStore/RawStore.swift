internal import Catchment

/// Where raw records live: Parquet files that are never modified, one directory a day.
///
/// `raw/<source>/<date>/<run>-<number>.parquet`. A file appears whole or not at all.
struct RawStore: Sendable {
  /// The directory `raw` of a home.
  let path: String

  /// The path of a run's next segment; its directory is made.
  func segment(source: String, run: RunID, number: Int) throws(CatchmentError) -> String {
    let directory = "\(path)/\(source)/\(run.date)"
    try Directory.create(directory)
    return "\(directory)/\(run.text)-\(number).parquet"
  }

  /// Every segment of a source, oldest first.
  func segments(source: String) throws(CatchmentError) -> [String] {
    var found: [String] = []
    let base = "\(path)/\(source)"
    for day in try Directory.entries(of: base) {
      for name in try Directory.entries(of: "\(base)/\(day)") where name.hasSuffix(".parquet") {
        found.append("\(base)/\(day)/\(name)")
      }
    }
    return found
  }

  /// The same, with those that were set aside.
  func everySegment(source: String) throws(CatchmentError) -> [String] {
    var found: [String] = []
    let base = "\(path)/\(source)"
    for day in try Directory.entries(of: base) {
      for name in try Directory.entries(of: "\(base)/\(day)")
      where name.contains(".parquet") && !name.hasSuffix(DurableFile.temporarySuffix) {
        found.append("\(base)/\(day)/\(name)")
      }
    }
    return found
  }

  /// Removes what a killed process left half written.
  func sweep(source: String) throws(CatchmentError) {
    let base = "\(path)/\(source)"
    for day in try Directory.entries(of: base) {
      for name in try Directory.entries(of: "\(base)/\(day)")
      where name.hasSuffix(DurableFile.temporarySuffix) {
        try Directory.remove("\(base)/\(day)/\(name)")
      }
    }
  }
}
