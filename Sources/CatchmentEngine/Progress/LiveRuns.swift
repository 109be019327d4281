public import Catchment
internal import Foundation

/// What a process does in a home at this moment, as another process reads it.
public struct LiveRuns: Sendable, Codable {
  /// A run of an import or of a pipeline.
  public struct Work: Sendable, Codable {
    /// Such as `import`, or the pipeline's name.
    public var name: String
    /// How far it is.
    public var progress: RunProgress.Snapshot
    /// When it went from looking for what is new to taking it in, in microseconds since 1970.
    public var readingSince: Int64?
  }

  /// `import`, `rebuild`, `merge` or `run`.
  public var command: String
  /// Its id on its machine.
  public var process: Int32
  /// When it began, and when it told this, in microseconds since 1970.
  public var began: Int64
  public var updated: Int64
  /// The most memory it has held, in bytes.
  public var peakMemory: Int64
  public var works: [Work]
  /// Whether the process is alive; one that was killed could not say that it is over.
  public var isRunning: Bool { isAlive ?? false }
  private var isAlive: Bool?

  init(command: String, process: Int32, began: Int64, works: [Work]) {
    (self.command, self.process, self.began, self.works) = (command, process, began, works)
    updated = began
    peakMemory = 0
  }

  /// What processes do in a home, and what those that were killed did last; the oldest first.
  ///
  /// Takes no lock that a run needs, and changes nothing.
  public static func all(in home: Home) throws(CatchmentError) -> [LiveRuns] {
    try paths(in: home).compactMap { $0.read() }.sorted { $0.began < $1.began }
  }

  static func paths(in home: Home) throws(CatchmentError) -> [LiveFile] {
    try Directory.entries(of: home.status).filter { $0.hasSuffix(LiveFile.ending) }
      .map { LiveFile(path: "\(home.status)/\($0.dropLast(LiveFile.ending.count))") }
  }

  /// Nil when it is not what a process of this version writes.
  init?(_ bytes: Data, isAlive: Bool) {
    do { self = try JSONDecoder().decode(LiveRuns.self, from: bytes) } catch { return nil }
    self.isAlive = isAlive
  }

  var bytes: [UInt8]? {
    // What is all numbers and names can always be written.
    do { return Array(try JSONEncoder().encode(self)) } catch { return nil }
  }

  /// Whether both are of the same work.
  func overlaps(_ other: LiveRuns) -> Bool {
    !Set(works.map(\.name)).isDisjoint(with: other.works.map(\.name))
  }
}
