import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Import, and again whenever something changes, until it is stopped.",
    discussion: """
      Without a path it watches where the assistants keep their conversations, those places that
      are not there yet included. Each import is one like that of `catchment import`. Between imports
      the warehouse is closed, so other commands can be used beside it. One line for each import that
      found something. Ctrl-C or SIGTERM ends it, after a clean commit.

      Examples:
        catchment watch
        catchment watch --interval 1m ~/.claude/projects
        catchment watch --json --log /var/log/catchment.jsonl --metrics-file catchment.prom
      """)

  @Argument(help: "Files or folders; they need not be there yet.", completion: .file())
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "From one import to the next, at least, such as 10s or 10m.", valueName: "time"))
  var interval = TimeSpan(seconds: 10)

  @OptionGroup var machine: MachineOption
  @OptionGroup var duplicates: DuplicateOption
  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions
  @OptionGroup var metrics: MetricsOptions

  func validate() throws {
    guard (0.1...86_400).contains(interval.seconds) else {
      throw ValidationError("--interval is \(interval); it must be from 100ms to 1d.")
    }
  }

  func run() async throws {
    let sources = try options.sources()
    var limits = Watcher.Options()
    limits.interval = interval.seconds
    var settings = try options.importing(warehouse)
    settings.duplicates = try duplicates.policy(options.environment)
    settings.machine = machine.name(options.environment)
    let watcher = Watcher(
      home: options.home, sources: sources, importing: settings,
      options: limits, logger: try log.logger())
    let page = WatchPage(options, isJSON: json.isOn, metrics: metrics)
    let roots = roots(sources)
    do {
      try await metrics.watching("watch") {
        try await Interruption.watch { try await watcher.run(roots) { page.tell($0) } }
      }
    } catch let stopped as Interrupted {
      // That is how a watch ends: nothing to complain of.
      throw ExitCode(stopped.exitCode)
    }
  }

  private func roots(_ sources: SourceSet) -> [String] {
    guard paths.isEmpty else { return paths }
    let environment = options.environment
    let home = environment["HOME"] ?? "."
    return sources.all.flatMap { $0.defaultRoots(home: home, environment: environment) }
  }
}
