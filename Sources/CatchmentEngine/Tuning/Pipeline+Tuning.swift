internal import Catchment

extension Pipeline.Complete {
  /// Runs with the settings that are likely best, and notes what the run took.
  ///
  /// - Parameter run: runs with some options.
  func tuned(
    for target: TuneTarget, in home: Home, _ options: Importer.Options,
    _ run: (Importer.Options) async throws(CatchmentError) -> PipelineReport
  ) async throws(CatchmentError) -> PipelineReport {
    let history = TuningHistory(
      path: home.state, pipeline: name, warehouse: destination.location)
    let measured = try history.measures()
    let most = TuningSettings(
      threads: options.threads, memory: options.memory, batch: options.batch)
    let range = TuningRange(
      target, most: most, units: sharesUnits ? measured.last?.units ?? .max : 1)
    let decision = AutoTuner(target: target, range: range, measured: measured).decide()
    var chosen = options
    (chosen.threads, chosen.memory, chosen.batch) = (
      decision.settings.threads, decision.settings.memory, decision.settings.batch
    )
    let before = ResourceUse.now.peakMemory
    let began = Clock.steady()
    var report = try await run(chosen)
    guard report.run.unitsCommitted > 0 else { return report }
    report.tuning = decision
    let peak = ResourceUse.now.peakMemory
    let measure = TuningMeasure(
      settings: decision.settings, units: report.run.unitsCommitted,
      records: report.run.records.read, seconds: Clock.steady() - began, latency: report.latency,
      // A process that held more before tells nothing of this run.
      peak: peak > before ? Int(peak) : nil)
    if measure.isTelling(of: target) {
      try history.add(measure)
    } else {
      report.tuning?.explanation += "; too little was done to learn from it"
    }
    return report
  }

  /// Whether it matters how many units share a transaction.
  private var sharesUnits: Bool { destination.sharesCommits && !destination.mode.isSnapshot }
}
