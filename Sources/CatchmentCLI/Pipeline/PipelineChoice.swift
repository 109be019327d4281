import Catchment
import CatchmentCatalogue
import CatchmentEngine

/// Which pipelines of which file are meant, and what its variables stand for.
struct PipelineChoice {
  var file: String
  var assignments: [String] = []
  /// Names with commas between; all when there is none.
  var select: [String] = []
  /// The tables, with commas between, whose pipelines are meant beside those selected.
  var only: [String] = []

  typealias Named = (definition: PipelineDefinition, pipeline: Pipeline.Complete)

  /// Pipelines in the order in which they are to run.
  struct Chosen {
    var all: [Named]
    /// What the file is called, and who is told of the run of its pipelines as one.
    var name = ""
    var receivers: [Receiver] = []
  }

  /// The pipelines that one waits for, when what is not there is what they would load, and what that is.
  ///
  /// A failure of any other kind is its own.
  static func awaited(
    by one: Named, _ error: any Error
  ) -> (needs: [String], reason: String)? {
    guard !one.definition.needs.isEmpty, let error = error as? CatchmentError,
      error.code == .sourceUnavailable
    else { return nil }
    return (one.definition.needs, error.message)
  }

  /// The file's pipelines.
  func chosen(_ options: GlobalOptions) throws(CatchmentError) -> Chosen {
    if let kind = ShortPipeline.kind(ofData: file) {
      throw CatchmentError(
        .usage, "\(file) is data (\(kind)), and no pipeline's file",
        hint: "say where it goes, as in `catchment run \(file.shellQuoted) duckdb:out.duckdb`; or "
          + "write a pipeline's file, which is YAML")
    }
    let read = try PipelineFile(at: file, variables(options))
    let wanted = try selection(of: read)
    var all: [(PipelineDefinition, Pipeline.Complete)] = []
    for definition in read.waves.joined() where wanted.contains(definition.name) {
      all.append((definition, try definition.pipeline(of: Catalogue.kinds, in: file)))
    }
    return Chosen(
      all: all, name: ShortPipeline.stem(of: file),
      receivers: try read.notify.receivers(of: Catalogue.kinds, in: file))
  }

  /// What `${…}` stands for.
  func variables(_ options: GlobalOptions) -> Variables {
    var values = options.environment
    for assignment in assignments {
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      values[String(parts[0])] = String(parts[1])
    }
    return Variables(values, secrets: Secrets(environment: options.environment, home: options.home))
  }

  /// The names of the pipelines that load into the tables named.
  private func loading(_ file: PipelineFile) throws(CatchmentError) -> [String] {
    var found: [String] = []
    for table in only.flatMap({ $0.split(separator: ",").map(String.init) }) {
      let names = file.pipelines.filter { $0.table == table }.map(\.name)
      let tables = file.pipelines.compactMap(\.table)
      guard !names.isEmpty else {
        throw CatchmentError(
          .usage, "no pipeline of the file loads into a table \"\(table)\"",
          hint: Spelling.nearest(to: table, among: tables).map { "write \"\($0)\"" }
            ?? (tables.isEmpty ? nil : "they load into \(tables.joined(separator: ", "))"))
      }
      found += names
    }
    return found
  }

  /// The names that were selected and what they need, to the end.
  private func selection(of file: PipelineFile) throws(CatchmentError) -> Set<String> {
    let names = file.pipelines.map(\.name)
    guard !select.isEmpty || !only.isEmpty else { return Set(names) }
    var wanted: Set<String> = []
    var open = try loading(file) + select.flatMap { $0.split(separator: ",").map(String.init) }
    while let name = open.popLast() {
      guard let pipeline = file.pipelines.first(where: { $0.name == name }) else {
        throw CatchmentError(
          .usage, "the file has no pipeline \"\(name)\"",
          hint: Spelling.nearest(to: name, among: names).map { "write \"\($0)\"" }
            ?? "it has \(names.joined(separator: ", "))")
      }
      if wanted.insert(name).inserted { open += pipeline.needs }
    }
    return wanted
  }
}

extension PipelineDefinition {
  /// The table that it loads into; nil when that is a file.
  fileprivate var table: String? {
    load.settings.entries?.first { $0.name == "table" }?.setting.text
  }
}
