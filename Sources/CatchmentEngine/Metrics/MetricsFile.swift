public import Catchment

/// The figures of the last run as a file that Prometheus' node exporter reads.
public struct MetricsFile: Sendable {
  private let path: String

  /// Names the file; it is made when something is written.
  public init(_ path: String) { self.path = path }

  /// A run that came to its end.
  public func write(
    _ command: String, _ runID: String, _ status: Run.Status, _ metrics: RunMetrics,
    platforms: [String: ImportReport.Platform] = [:]
  ) throws(CatchmentError) {
    var text = Self.head(command, runID, status: status.rawValue, isSuccess: true)
    text.add(metrics)
    text.add(platforms)
    try write(text)
  }

  /// A run that something ended, of which no more is known.
  public func write(failed command: String, _ error: CatchmentError) throws(CatchmentError) {
    try write(Self.head(command, "", status: error.code.description, isSuccess: false))
  }

  static func head(
    _ command: String, _ runID: String, status: String, isSuccess: Bool
  ) -> PrometheusText {
    var text = PrometheusText()
    text.add(
      "catchment_run_success", "Whether the last run came to its end.",
      [(["command": command], isSuccess ? 1 : 0)])
    text.add(
      "catchment_run_info", "The last run: its id, and how it ended.",
      [(["command": command, "run_id": runID, "status": status], 1)])
    text.add(
      "catchment_run_timestamp_seconds", "When the last run ended, in seconds since 1970.",
      Double(Clock.now() / 1_000) / 1_000)
    return text
  }

  /// Whoever reads it sees the figures of one run, whole.
  func write(_ text: PrometheusText) throws(CatchmentError) {
    var file = try DurableFile(path: path, mode: 0o644)
    var bytes = text.text
    let written: Result<Void, CatchmentError> = bytes.withUTF8 { bytes in
      do throws(CatchmentError) {
        return .success(try file.append(UnsafeRawBufferPointer(bytes)))
      } catch {
        return .failure(error)
      }
    }
    try written.get()
    try file.publish()
  }
}

extension PrometheusText {
  fileprivate mutating func add(_ metrics: RunMetrics) {
    add("catchment_run_duration_seconds", "How long the last run took.", metrics.seconds)
    add(
      "catchment_run_stage_seconds",
      "What each stage of the last run took; workers that worked at once are added up.",
      RunStage.ofImports.map { (["stage": $0.rawValue], metrics.stages[$0, default: 0]) })
    add(
      "catchment_run_records", "Records of the last run, by what became of them.",
      RecordOutcome.allCases.map { (["outcome": $0.name], Double(metrics.records[$0])) })
    add(
      "catchment_run_records_read", "Records that the last run read.", Double(metrics.records.read))
    add(
      "catchment_run_error_ratio", "The share of them that could not be taken.", metrics.errorRate)
    add("catchment_run_units", "Files that the last run committed.", Double(metrics.units))
    add("catchment_run_bytes", "Bytes that the last run read.", Double(metrics.bytes))
    add(
      "catchment_run_conversations", "Conversations that the last run's records belong to.",
      Double(metrics.conversations))
    add(
      "catchment_run_messages", "Messages that the last run made or changed.",
      Double(metrics.messages))
    add(
      "catchment_run_cpu_seconds", "Processor time that the last run took.", metrics.cpuSeconds)
    add(
      "catchment_run_peak_memory_bytes", "The most memory that its process has held.",
      Double(metrics.peakMemory))
    let stores = [("raw", metrics.rawBytes), ("warehouse", metrics.warehouseBytes)]
    add(
      "catchment_store_bytes", "What the raw store and the warehouse take on the disk.",
      stores.compactMap { name, bytes in bytes.map { (["store": name], Double($0)) } })
  }

  fileprivate mutating func add(_ platforms: [String: ImportReport.Platform]) {
    let sorted = platforms.sorted { $0.key < $1.key }
    func samples(_ figure: (ImportReport.Platform) -> Int) -> [Sample] {
      sorted.map { (["platform": $0.key], Double(figure($0.value))) }
    }
    add(
      "catchment_conversations", "Conversations in the warehouse.", samples(\.conversations))
    add("catchment_messages", "Messages in the warehouse.", samples(\.messages))
    add("catchment_tool_calls", "Tool calls in the warehouse.", samples(\.toolCalls))
  }
}
