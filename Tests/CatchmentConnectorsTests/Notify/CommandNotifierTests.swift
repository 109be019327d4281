import Catchment
import CatchmentConnectors
import CatchmentTesting
import Foundation
import Testing

@Suite struct `A command that is told of runs` {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  private func event(named name: String = "people") -> RunEvent {
    var event = RunEvent(.failure, of: name, began: 0, at: 1_500_000, on: "here")
    event.error = CatchmentError(.sourceUnavailable, "it is gone", hint: "look")
    return event
  }

  private func send(_ script: String, _ name: String = "people") async throws {
    try await CommandNotifier(["sh", "-c", script, "sh", "\(files.path)/told"])
      .send(event(named: name))
  }

  private func told() throws -> String {
    try String(contentsOfFile: "\(files.path)/told", encoding: .utf8)
  }

  @Test(arguments: ["people", "a\nb", "\"; rm -rf / #", "ü\u{202E}", "\u{0}\u{1B}[31m", "${HOME}"])
  func `is given the event as JSON, whatever its name`(name: String) async throws {
    try await send(#"cat > "$1""#, name)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(told().utf8)) as? [String: Any])
    #expect(object["pipeline"] as? String == name)
    #expect(object["event"] as? String == "failure" && object["run_id"] == nil)
    #expect((object["error"] as? [String: String])?["hint"] == "look")
  }

  @Test func `may have it in a line from the environment`() async throws {
    try await send(#"echo "$CATCHMENT_EVENT $CATCHMENT_TITLE" > "$1""#, "a\n\u{1B}b")
    #expect(try told() == "failure a  b: failed\n")
  }

  @Test func `need not read it`() async throws {
    try await send("exit 0", String(repeating: "x", count: 1 << 20))
  }

  @Test(arguments: [("exit 3", "exit code 3"), ("kill -9 $$", "exit code 137")])
  func `has failed when it says so`(script: String, word: String) async throws {
    let error = await #expect(throws: CatchmentError.self) { try await send(script) }
    #expect(error?.message == "the command sh ended with \(word)" && error?.isTransient == false)
  }

  @Test func `is looked for on the PATH alone`() async throws {
    let error = await #expect(throws: CatchmentError.self) {
      try await CommandNotifier(["no such program"]).send(event())
    }
    #expect(error?.message == "there is no program \"no such program\" on the PATH")
  }

  @Test func `is ended when nobody waits for it any more`() async throws {
    let notifier = CommandNotifier(["sh", "-c", "kill -STOP $$"])
    let event = event()
    let task = Task { try await notifier.send(event) }
    task.cancel()
    await #expect(throws: CatchmentError.self) { try await task.value }
  }
}
