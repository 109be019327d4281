import Testing

@Suite struct `The command line` {
  @Test(arguments: [
    ["nonsense"], ["import", "--nonsense"], ["stats", "--by", "colour"],
    ["stats", "--memory", "512"], ["stats", "--memory", "lots"], ["stats", "--threads", "0"],
    ["watch", "--interval", "5"], ["watch", "--interval", "0s"],
    ["import", "--log-level", "loud"], ["deadletters", "retry", "--max-age", "7"],
    ["doctor", "--max-age", "x=1"], ["doctor", "--max-error-rate", "200%"],
    ["show"], ["sql", "SELECT 1", "--format", "xml"],
  ])
  func `refuses wrong usage with exit code 2`(arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("Usage: catchment"))
  }

  @Test func `tells wrong usage as JSON when asked for`() throws {
    let outcome = try Program.run(["runs", "--json", "--nonsense"])
    #expect(outcome.status == 2)
    #expect((outcome.object["error"] as? [String: Any])?["code"] as? String == "usage")
  }

  @Test func `prints its version and its help`() throws {
    #expect(try Program.run(["--version"]).status == 0)
    let help = try Program.run(["import", "--help"])
    #expect(help.status == 0)
    #expect(help.output.contains("Examples:"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `prints completions`(shell: String) throws {
    let outcome = try Program.run(["completion", shell])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("catchment"))
  }

  @Test func `takes the home from the environment`() throws {
    let place = try Workplace(Transcripts.clean)
    let outcome = try Program.run(
      ["import", "--json", place.transcripts], environment: ["CATCHMENT_HOME": place.home])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let runs = try Program.run(["runs", "--json"], environment: ["CATCHMENT_HOME": place.home])
    #expect(runs.objects.count == 1)
  }
}
