import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import AI conversations: those on this machine, or those in the paths given.",
    discussion: """
      Without a path it looks where the assistants keep their conversations on this machine, such
      as ~/.claude/projects and ~/.codex/sessions. A file is known by its contents, whatever it is
      called. What was imported before is not read again. It can be stopped at any moment and run
      again.

      Examples:
        catchment import
        catchment import ~/.claude/projects/-home-me-work
        catchment import --home /tmp/try --json transcripts/
        catchment import --log /var/log/catchment.jsonl --metrics-file catchment.prom
        catchment import --from unified.jsonl
        catchment import --warehouse "postgresql://me@localhost/team?schema=talks"

      Exit code 3 says that some lines could not be taken; `catchment deadletters list` shows them.
      """)

  @Argument(help: "Files or folders of transcripts.", completion: .file())
  var paths: [String] = []

  @Flag(name: .shortAndLong, help: "Also tell where the time went.")
  var verbose = false

  @Option(
    name: .customLong("from"),
    help: "A file of unified conversations, as `export` writes them. May be given again.",
    completion: .file())
  var copies: [String] = []

  @OptionGroup var machine: MachineOption
  @OptionGroup var duplicates: DuplicateOption
  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions
  @OptionGroup var metrics: MetricsOptions

  func run() async throws {
    let sources = try options.sources()
    let roots = try ImportRoots(paths, copies: copies, sources, options.environment)
    let logger = try log.logger()
    let isWatched = !options.quiet && !json.isOn && !log.isOnStandardError
    if isWatched, let notice = roots.notice { Output.note(notice) }
    var settings = try options.importing(warehouse)
    settings.duplicates = try duplicates.policy(options.environment)
    settings.machine = machine.name(options.environment)
    let importer = Importer(
      home: options.home, sources: sources, options: settings, logger: logger)
    let line = ProgressLine(importer.progress, isOn: isWatched && Terminal.Stream.error.isTerminal)
    let report: ImportReport
    do {
      defer { line.stop() }
      report = try await metrics.watching("import") {
        try await Interruption.watch {
          try await importer.run(roots.paths, stated: roots.stated)
        }
      }
    }
    options.tell(report.notes)
    if json.isOn {
      Output.line(report.json.description)
    } else if !options.quiet {
      ReportPage(report, roots, options, isVerbose: verbose).print()
    }
    try metrics.write("import", report)
    if report.status != .done { throw ExitCode(report.status == .partial ? 3 : 1) }
  }
}
