import Catchment
import CatchmentEngine

/// Takes back runs of pipelines.
struct PipelineRollback {
  /// The newest first.
  let runs: [PipelineFileOption.Found]
  let options: GlobalOptions

  /// The runs that a word means: `last`, an id, or all that an id's beginning fits.
  ///
  /// An id begins with the time: `20261128T0355` means those of one minute.
  func wanted(_ word: String) throws(CatchmentError) -> [PipelineFileOption.Found] {
    let there = runs.filter { $0.run.status != .rolledBack }
    let found = word == "last" ? Array(there.prefix(1)) : there.filter { $0.run.id.hasPrefix(word) }
    guard !found.isEmpty else {
      throw CatchmentError(
        .usage, "no run of the file's pipelines is there that \(word) could mean",
        hint: "`catchment runs --of FILE` lists them")
    }
    return found
  }

  /// Takes them back, the newest first; returns all that were, with the later ones that had to go.
  func undo(
    _ wanted: [PipelineFileOption.Found], cascade: Bool
  ) throws(CatchmentError) -> [String] {
    let limits = Importer.Options(memory: options.memory.bytes, threads: options.threadCount)
    var undone: [String] = []
    for (run, pipeline) in wanted where !undone.contains(run.id) {
      undone += try pipeline.rollBack(run.id, cascade: cascade, in: options.home, options: limits)
    }
    return undone
  }
}
