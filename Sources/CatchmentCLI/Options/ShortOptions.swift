import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

/// A pipeline without a file: where to load what the first argument then names.
struct ShortOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Where to load FILE, which then is data and no pipeline: duckdb:PATH, sqlite:PATH, "
        + "postgresql://…, or a file such as out.parquet.", valueName: "destination"),
    completion: .file())
  var destination: String?

  @Option(
    help: ArgumentHelp("The table to load into. (default: the file's name)", valueName: "name"))
  var table: String?

  @Option(
    help: ArgumentHelp(
      "append, replace, merge or scd2. (default: append; a file is replaced)", valueName: "mode"))
  var mode: String?

  @Option(
    help: ArgumentHelp("A column to merge by; may be given several times.", valueName: "column"))
  var key: [String] = []

  @Flag(help: "Delete rows whose key is no longer in FILE; with scd2, close them.")
  var deleteMissing = false

  func validate() throws {
    guard destination == nil else { return }
    for (name, isGiven) in [
      ("table", table != nil), ("mode", mode != nil), ("key", !key.isEmpty),
      ("delete-missing", deleteMissing),
    ]
    where isGiven {
      throw ValidationError("--\(name) goes with a destination; a pipeline's file says its own.")
    }
  }

  /// Nil when no destination is given.
  func pipeline(
    _ file: PipelineOptions, _ options: GlobalOptions
  ) throws(CatchmentError) -> (definition: PipelineDefinition, pipeline: Pipeline.Complete)? {
    guard let destination else { return nil }
    let words = "the arguments"
    var definition = try ShortPipeline(
      source: file.file, destination: destination, table: table, mode: mode, key: key,
      deleteMissing: deleteMissing
    ).definition()
    definition.extract.settings = try file.variables(options).resolve(
      definition.extract.settings, in: words)
    definition.load.settings = try file.variables(options).resolve(
      definition.load.settings, in: words)
    return (definition, try definition.pipeline(of: Catalogue.kinds, in: words))
  }
}
