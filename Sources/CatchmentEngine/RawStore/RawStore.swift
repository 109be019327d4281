internal import Catchment

/// Where raw records live: Parquet files that are never modified, one directory a day.
///
/// `raw/<source>/<date>/<run>-<number>.parquet`, and `raw/<source>/<date>@<machine>/…` for what lies
/// on another machine than the home's own. A file appears whole or not at all.
struct RawStore: Sendable {
  /// The directory `raw` of a home.
  let path: String

  /// The path of a run's next segment; its directory is made.
  func segment(
    source: String, machine: String?, run: RunID, number: Int
  ) throws(CatchmentError) -> String {
    let directory = "\(path)/\(source)/\(run.date)\(Self.suffix(machine))"
    try Directory.create(directory)
    return "\(directory)/\(run.text)-\(number).parquet"
  }

  private static func suffix(_ machine: String?) -> String { machine.map { "@\($0)" } ?? "" }

  /// All the files that hold units of one machine, as an SQL literal; of every machine when none is
  /// given.
  func pattern(source: String, machine: String??) -> String {
    let days = machine.map { "????-??-??\(Self.suffix($0))" } ?? "*"
    return SQL.literal("\(path)/\(source)/\(days)/*.parquet")
  }

  /// The machine in a segment's path; nil for the home's own.
  static func machine(of segment: String) -> String? {
    let parts = segment.split(separator: "/")
    guard parts.count >= 2, let mark = parts[parts.count - 2].firstIndex(of: "@") else {
      return nil
    }
    return String(parts[parts.count - 2][mark...].dropFirst())
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
