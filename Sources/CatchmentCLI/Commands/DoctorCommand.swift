import ArgumentParser
import Catchment

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check that everything is as it should be, and say what to do when it is not.",
    discussion: """
      Exit code 0 when there is no problem, 1 when there is one. Notes are no problems.

      Examples:
        catchment doctor
        catchment doctor --json
        catchment doctor --quiet --max-age 24h --max-age codex=7d --max-error-rate 1%
      """)

  @OptionGroup var limits: HealthLimits

  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let checks = Checkup(options, limits, warehouse).run()
    if json.isOn {
      Output.line(JSON.array(checks.map(\.json)).description)
    } else {
      for check in checks { show(check) }
    }
    if checks.contains(where: { $0.verdict == .problem }) { throw ExitCode(1) }
  }

  private func show(_ check: Check) {
    let style = options.style
    let mark =
      switch check.verdict {
      case .good: style.green("ok     ")
      case .note: style.yellow("note   ")
      case .problem: style.red("problem")
      }
    if options.quiet, check.verdict == .good { return }
    Output.line("\(mark)  \(check.name.padded(to: 14))  \(check.finding.safe)")
    if let advice = check.advice { Output.line(style.dim("         try: \(advice.asTyped.safe)")) }
  }
}
