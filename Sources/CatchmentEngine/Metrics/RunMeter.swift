internal import Catchment

/// Measures a run from its beginning on.
struct RunMeter: Sendable {
  let stages = StageTimes()
  private let began = Clock.steady()
  private let before = ResourceUse.now

  /// Seconds since the run began.
  var seconds: Double { Clock.steady() - began }

  /// The figures as they are now.
  func metrics(
    of records: RecordCounts, extent: Runs.Extent = .init(), units: Int, bytes: Int64
  ) -> RunMetrics {
    var metrics = RunMetrics()
    metrics.conversations = extent.conversations
    metrics.messages = extent.messages
    metrics.units = units
    metrics.bytes = bytes
    metrics.records = records
    update(&metrics)
    return metrics
  }

  /// Brings what grows with time up to now.
  func update(_ metrics: inout RunMetrics) {
    let now = ResourceUse.now
    metrics.seconds = seconds
    metrics.stages = stages.all
    metrics.cpuSeconds = now.cpuSeconds - before.cpuSeconds
    metrics.peakMemory = now.peakMemory
  }

  /// What the raw store takes on the disk now.
  static func measureRaw(_ path: String, _ metrics: inout RunMetrics) {
    metrics.rawBytes = DiskUse.bytes(under: path)
  }

  /// What a warehouse takes, with the log that is not yet written back into its file.
  static func measureWarehouse(_ path: String, _ metrics: inout RunMetrics) {
    metrics.warehouseBytes = DiskUse.bytes(under: path) + DiskUse.bytes(under: path + ".wal")
  }
}

/// What files take.
enum DiskUse {
  /// The sizes of a file, or of all files in a directory, added up; 0 when there is nothing.
  static func bytes(under path: String) -> Int64 {
    var walk = FileWalk { _ in true }
    walk.visit(root: path)
    return walk.files.reduce(0) { $0 + $1.fingerprint.size }
  }
}
