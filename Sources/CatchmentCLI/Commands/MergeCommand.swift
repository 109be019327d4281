import ArgumentParser
import Catchment
import CatchmentEngine

struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Unite other homes, from other machines or backups, with this one.",
    discussion: """
      Only the others' raw stores are read, and nothing in them is changed. What this home lacks is
      copied, checked and derived; a conversation that both have is one. Merging again takes only
      what is new. It can be stopped at any moment and run again, and rolled back like an import.

      Examples:
        catchment merge /mnt/laptop/.catchment
        catchment merge ~/backup/.catchment --machine old-desktop
        catchment merge a/.catchment b/.catchment --json
      """)

  @Argument(help: "The homes to take from.", completion: .directory)
  var homes: [String]

  @Option(
    help: ArgumentHelp(
      "What the machine of the homes is called. (default: what they say)", valueName: "name"))
  var machine: String?

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let progress = RunProgress()
    let merge = Merge(
      home: options.home, sources: try options.sources(), machine: machine,
      options: .init(memory: options.memory.bytes, threads: options.threadCount),
      progress: progress)
    let isWatched = !options.quiet && !json.isOn && Terminal.Stream.error.isTerminal
    let line = ProgressLine(progress, isOn: isWatched)
    let others = homes.map { Home.resolve($0, environment: [:]) }
    let report: MergeReport
    do {
      defer { line.stop() }
      report = try await Interruption.watch { try await merge.run(others) }
    }
    options.tell(report.notes)
    if json.isOn {
      Output.line(report.json.description)
    } else if !options.quiet {
      report.print(options)
    }
    if report.status != .done { throw ExitCode(3) }
  }
}

extension MergeReport {
  fileprivate func print(_ options: GlobalOptions) {
    for home in homes {
      Output.line(
        "\(home.path.safe) (\(home.machine.safe)): \(Figures.of(home.records, "record")), "
          + "\(Figures.count(home.known)) known, \(Figures.count(home.taken)) taken over")
    }
    guard unitsCommitted > 0 else { return Output.line("Nothing new: all of it is here already.") }
    Output.line(
      """
      Merged \(Figures.of(unitsCommitted, "file")) in \(Figures.seconds(seconds))
        \(records.read) read = \(records.loaded) loaded + \(records.updated) updated + \
      \(records.duplicate) duplicate + \(records.filtered) filtered + \
      \(records.deadLettered) dead-lettered
      """)
    if records.deadLettered > 0 {
      Output.line("`catchment deadletters list\(options.homeArgument)` shows the last.".asTyped)
    }
  }

  fileprivate var json: JSON {
    JSON([
      "status": .text(status.rawValue), "run_id": .text(runID),
      "homes": .array(
        homes.map { home in
          JSON([
            "path": .text(home.path), "machine": .text(home.machine),
            "records": .integer(home.records), "known": .integer(home.known),
            "taken": .integer(home.taken), "artifacts": .integer(home.artifacts),
            "bytes": .integer(home.bytes),
          ])
        }),
      "records": JSON([
        "read": .integer(records.read), "loaded": .integer(records.loaded),
        "updated": .integer(records.updated), "duplicate": .integer(records.duplicate),
        "filtered": .integer(records.filtered), "dead_lettered": .integer(records.deadLettered),
      ]),
      "units_committed": .integer(unitsCommitted),
      "conversations": .integer(platforms.values.reduce(0) { $0 + $1.conversations }),
      "messages": .integer(platforms.values.reduce(0) { $0 + $1.messages }),
      "duration_seconds": .double(seconds),
      "notes": .array(notes.map(JSON.text)),
    ])
  }
}
