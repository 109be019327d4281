import Catchment
import CatchmentEngine

/// The page that an import ends with.
struct ReportPage {
  private let report: ImportReport
  private let roots: ImportRoots
  private let options: GlobalOptions
  private let style: Style
  private let isVerbose: Bool

  init(
    _ report: ImportReport, _ roots: ImportRoots, _ options: GlobalOptions, isVerbose: Bool = false
  ) {
    self.isVerbose = isVerbose
    self.report = report
    self.roots = roots
    self.options = options
    style = options.style
  }

  func print() {
    printHead()
    printTotals()
    printRecords()
    printDeadLetters()
    printDuplicates()
    printRemarks()
    printProblems()
    Output.line("\(style.bold("Data"))      \(options.home.path.safe)")
    if let publication = report.publication {
      Output.line("\(style.bold("Warehouse")) \(publication.line.safe)")
    }
    printNext()
  }

  private func printHead() {
    guard report.unitsPlanned > 0 else {
      Output.line(style.bold("Nothing to import: there are no transcripts here."))
      for path in roots.paths { Output.line("  \(path.safe)") }
      printRemarksOnFiles()
      return
    }
    let files = Figures.of(report.unitsCommitted, "file")
    let rate = Double(report.bytesRead) / max(report.seconds, 0.001)
    if report.unitsCommitted + report.unitsVanished == 0 {
      Output.line(style.bold("Nothing new: everything is imported already."))
    } else {
      let speed = "\(Figures.seconds(report.seconds)) (\(Figures.bytes(Int(rate)))/s)"
      Output.line(
        style.bold("Imported \(files), \(Figures.bytes(report.bytesRead))") + " in \(speed)")
    }
    if isVerbose { printTimes() }
    printRemarksOnFiles()
  }

  private func printTimes() {
    let metrics = report.metrics
    let stages = RunStage.ofImports.compactMap { stage in
      metrics.stages[stage].map { "\(stage.rawValue) \(Figures.seconds($0))" }
    }
    let cpu = "\(Figures.seconds(metrics.cpuSeconds)) of processor time"
    let memory = "\(Figures.bytes(metrics.peakMemory)) of memory at most"
    Output.line(style.dim("  \(stages.joined(separator: ", "))"))
    Output.line(style.dim("  \(cpu), \(memory)"))
  }

  private func printRemarksOnFiles() {
    let remarks = [
      (report.unitsSkipped, "unchanged, not read again"),
      (report.unfinished, "with a half-written last line, read once it is whole"),
      (report.unitsVanished, "no longer there; what was imported stays"),
      (report.unrecognised, "in no format that Catchment knows, left alone"),
    ]
    for (count, text) in remarks where count > 0 {
      Output.line(style.dim("  \(Figures.of(count, "file")) \(text)"))
    }
    Output.line()
  }

  private func printTotals() {
    for (name, platform) in report.platforms.sorted(by: { $0.key < $1.key }) {
      Output.line("\(style.bold("In the warehouse now"))  \(style.dim(name.safe))")
      var rows: [(String, String?)] = [
        ("sessions", Figures.count(platform.conversations)),
        ("messages", Figures.count(platform.messages)),
        ("tool calls", Figures.count(platform.toolCalls)),
      ]
      let tokens = [
        ("input tokens", platform.inputTokens), ("output tokens", platform.outputTokens),
        ("cache read", platform.cacheReadTokens), ("cache write", platform.cacheWriteTokens),
      ]
      rows += tokens.map { ($0, $1.map { Figures.count($0) }) }
      rows.append(("cost reported", platform.cost.map(Figures.money)))
      let known = rows.compactMap { name, figure in figure.map { (name, $0) } }
      let width = known.map(\.1.count).max() ?? 0
      for (name, figure) in known {
        Output.line("  \(name.padded(to: 14)) \(figure.padded(to: width, onLeft: true))")
      }
      Output.line()
    }
  }

  /// The sum that every run must satisfy.
  private func printRecords() {
    let records = report.records
    guard records.read > 0 else { return }
    let parts = [
      ("loaded", records.loaded), ("updated", records.updated), ("duplicate", records.duplicate),
      ("filtered", records.filtered), ("dead-lettered", records.deadLettered),
    ]
    let sum = parts.map { "\(Figures.count($1)) \($0)" }.joined(separator: " + ")
    Output.line(style.bold("Records"))
    Output.line("  \(Figures.count(records.read)) read = \(sum)")
    Output.line()
  }

  private func printDeadLetters() {
    let count = report.records.deadLettered
    guard count > 0 else { return }
    Output.line(
      style.yellow("Dead letters")
        + "  \(Figures.of(count, "line")) set aside, kept in the raw store")
    for letter in report.deadLetters {
      Output.line("  \(letter.message.safe)")
      Output.line(style.dim("      \(letter.place.description.safe)"))
    }
    if count > report.deadLetters.count {
      Output.line(style.dim("  and \(Figures.count(count - report.deadLetters.count)) more"))
    }
    Output.line()
  }

  private func printDuplicates() {
    let duplicates = report.duplicates
    guard duplicates.decided > 0 else { return }
    let parts = [
      (duplicates.setAside, "not counted, for another is kept"),
      (duplicates.versions, "kept as versions"), (duplicates.conflicts, "to be told apart"),
    ].filter { $0.0 > 0 }.map { "\(Figures.count($0)) \($1)" }
    Output.line(
      "\(style.bold("The same talk"))  \(parts.joined(separator: ", ")); see "
        + style.cyan("\(TypedCommand.name) duplicates list\(options.homeArgument)"))
    for conflict in duplicates.named {
      for line in conflict.asTyped.description.safeLines.split(separator: "\n") {
        Output.line("  \(line)")
      }
    }
    Output.line()
  }

  private func printRemarks() {
    let remarks = report.issues
    guard !remarks.isEmpty else { return }
    Output.line(style.bold("Remarks"))
    for remark in remarks {
      Output.line("  \(Figures.count(remark.count)) × \(remark.message.safe)")
      Output.line(
        style.dim("      \(remark.count > 1 ? "first at " : "")\(remark.place.description.safe)"))
    }
    Output.line()
  }

  private func printProblems() {
    guard !report.problems.isEmpty else { return }
    Output.line(style.red("Not read"))
    for problem in report.problems {
      for line in problem.asTyped.description.safeLines.split(separator: "\n") {
        Output.line("  \(line)")
      }
    }
    Output.line()
  }

  private func printNext() {
    let home = options.homeArgument
    Output.line(style.bold("Try next"))
    if report.records.deadLettered > 0 {
      Output.line("  \(style.cyan("\(TypedCommand.name) deadletters list\(home)"))")
    } else {
      Output.line("  \(style.cyan("\(TypedCommand.name) doctor\(home)"))")
    }
    Output.line("  \(style.cyan("\(TypedCommand.name) stats --by project\(home)"))")
    let query = "SELECT role, count(*) FROM messages GROUP BY role"
    Output.line("  \(style.cyan("\(TypedCommand.name) sql\(home) \"\(query)\""))")
  }
}
