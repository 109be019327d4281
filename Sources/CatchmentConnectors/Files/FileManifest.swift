internal import Catchment
internal import DuckDB
internal import Foundation

/// What a file destination knows of its loads, as it stands in its manifest.
struct FileManifest: Codable, Equatable {
  /// A run as it is listed.
  struct RunLine: Codable, Equatable {
    var id: String
    var pipeline: String
    var status: String
    var token: Int64
    var started: Int64
    var ended: Int64?
    /// Read, loaded, updated, duplicate, filtered, dead-lettered.
    var records: [Int] = []
    var made = 0
    var units = 0
    var bytes: Int64 = 0
  }

  /// A unit's marker.
  struct UnitLine: Codable, Equatable {
    var source: String
    var path: String
    var size: Int64
    var modified: Int64
    var sha256: String
    var records: Int
    var cursor: String?
  }

  /// A record that could not be taken.
  struct Letter: Codable, Equatable {
    var path: String
    var line: Int
    var byte: Int
    var code: String
    var message: String
    var record: String
  }

  /// One of a load's files, by its name in the folder.
  struct DataFile: Codable, Equatable {
    var name: String
    var sha256: String
  }

  /// A load: what it wrote and what was there before.
  struct Commit: Codable, Equatable {
    var number: Int
    var run: String
    var pipeline: String
    /// The data's name and its SHA-256; nil when only markers are new.
    var data: String?
    var sha256: String?
    /// The name of what was there before; nil when there was nothing.
    var previous: String?
    /// The files of a folder that is partitioned; nil for one file.
    var files: [DataFile]?
    var units: [UnitLine] = []
    var letters: [Letter] = []
    /// The name of the file with the rows that steps refused, and how many they are; nil for none.
    var rejects: String?
    var rejected: Int?
    /// Whether the data has its name: until then the load has not happened.
    var isDone = false
    /// Whether it is being rolled back.
    var isLeaving = false
  }

  var version = 1
  var runs: [RunLine] = []
  var commits: [Commit] = []

  /// The manifest at a path; an empty one where there is none.
  ///
  /// Throws `damaged` for one that cannot be understood.
  static func read(
    _ path: String, in store: any FileStore
  ) throws(CatchmentError) -> FileManifest {
    guard let bytes = try store.contents(of: path) else { return FileManifest() }
    do { return try JSONDecoder().decode(FileManifest.self, from: Data(bytes)) } catch {
      throw CatchmentError(
        .damaged, "the manifest \(path) is damaged",
        hint: "put it back from a copy; without it, move the data away and run the pipeline again",
        cause: "\(error)")
    }
  }

  /// Writes it in the old one's place, durably.
  func write(_ path: String, in store: any FileStore) throws(CatchmentError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data: Data
    do { data = try encoder.encode(self) } catch {
      throw CatchmentError(.failed, "\(path) cannot be written", cause: "\(error)")
    }
    try store.write(Array(data), as: path)
  }
}

extension FileManifest {
  /// A file that is replaced holds the units of the last load alone; a folder, each as it was last.
  func committedUnits(of pipeline: String, in place: FilePlace) -> [UUIDBytes: CommittedUnit] {
    let ours = commits.filter { $0.pipeline == pipeline && $0.isDone }
    var units: [UUIDBytes: CommittedUnit] = [:]
    for commit in place.file == nil ? ours : ours.suffix(1) {
      for line in commit.units {
        let unit = Catchment.Unit(
          source: line.source, path: line.path,
          fingerprint: .init(size: line.size, modified: line.modified))
        units[unit.id] = CommittedUnit(
          unit, sha256: line.sha256, records: line.records, run: commit.run)
        units[unit.id]?.cursor = line.cursor
      }
    }
    return units
  }
}

extension FileManifest.RunLine {
  init(_ run: Run) {
    let counts = run.records
    self.init(
      id: run.id, pipeline: run.pipeline, status: run.status.rawValue, token: run.token,
      started: run.started, ended: run.ended,
      records: [
        counts.read, counts.loaded, counts.updated, counts.duplicate, counts.filtered,
        counts.deadLettered,
      ], made: run.made, units: run.unitsCommitted, bytes: run.bytesRead)
  }

  var run: Run {
    var run = Run(
      id: id, pipeline: pipeline, status: Run.Status(rawValue: status) ?? .failed, token: token,
      started: started)
    run.ended = ended
    run.made = made
    run.unitsCommitted = units
    run.bytesRead = bytes
    guard records.count == 6 else { return run }
    run.records.read = records[0]
    run.records.loaded = records[1]
    run.records.updated = records[2]
    run.records.duplicate = records[3]
    run.records.filtered = records[4]
    run.records.deadLettered = records[5]
    return run
  }
}
