import Catchment
import CatchmentConnectors
import CatchmentTesting
import CatchmentTransforms
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `Receivers of a run` {
  private let files: TemporaryDirectory
  private let recorder = Recorder()
  private var home: Home { Home("\(files.path)/home") }

  init() throws { files = try TemporaryDirectory() }

  private func pipeline(_ name: String = "people", of text: String?) throws -> Pipeline.Complete {
    if let text { try files.write(text, to: "\(name).csv") }
    return Pipeline(name).extract(.csv("\(files.path)/\(name).csv"))
      .load(.duckdb("\(files.path)/\(name).duckdb", table: name))
      .notify(recorder, on: RunEvent.Kind.allCases)
  }

  /// What is told at the end of the run, once its start was told.
  private func end(of pipeline: Pipeline.Complete) async throws -> RunEvent {
    do { _ = try await pipeline.run(in: home) } catch {}
    #expect(recorder.kinds.first == .start && recorder.events.count == 2)
    return try #require(recorder.events.last)
  }

  // MARK: Kinds

  @Test func `are told of a run that took everything, with its counts`() async throws {
    let event = try await end(of: pipeline(of: "id\n1\n2\n"))
    #expect(event.kind == .success && event.name == "people" && event.error == nil)
    #expect(event.run?.records.loaded == 2 && event.run?.unitsCommitted == 1)
    let again = try pipeline(of: nil)
    _ = try await again.run(in: home)
    #expect(recorder.kinds == [.start, .success, .start, .success])
    #expect(recorder.events.last?.unchanged == 1)
  }

  @Test func `are told of dead letters as done in part`() async throws {
    let event = try await end(of: pipeline(of: "id,name\n1,a\n2\n3,c\n"))
    #expect(event.kind == .partial)
    #expect(event.run?.records.loaded == 2 && event.run?.records.deadLettered == 1)
    #expect(event.run?.records.read == 3 && event.run?.id.isEmpty == false)
  }

  @Test func `are told of a source that is not there as a failure`() async throws {
    let event = try await end(of: pipeline(of: nil))
    #expect(event.kind == .failure && event.error?.code == .sourceUnavailable)
    #expect(event.run == nil, "none began")
  }

  @Test func `are told of a limit that does not hold as a broken promise`() async throws {
    let event = try await end(of: pipeline(of: "id,name\n1,a\n2\n").maxRejects(.count(0)))
    #expect(event.kind == .brokenPromise && event.error?.code == .validation)
    #expect(event.run?.status == .failed && event.run?.records.loaded == 0)
  }

  @Test func `know that counts which do not add up are a broken promise`() {
    #expect(RunEvent.Kind(.unaccounted("it does not add up", hint: "")) == .brokenPromise)
    #expect(RunEvent.Kind(CatchmentError(.damaged, "it is damaged")) == .brokenPromise)
    #expect(RunEvent.Kind(.interrupted) == .failure)
  }

  @Test func `are told of what they asked for alone`() async throws {
    let picky = Recorder()
    let pipeline = try pipeline(of: "id\n1\n").notify(picky).notify(picky, on: [.start])
    _ = try await pipeline.run(in: home)
    #expect(picky.kinds == [.start])
    #expect(recorder.kinds == [.start, .success])
  }

  @Test func `are told when another run holds the home`() async throws {
    let lock = try HomeLock(home, make: true)
    defer { lock.release() }
    await #expect(throws: CatchmentError.self) {
      try await pipeline(of: "id\n1\n").run(in: home)
    }
    #expect(recorder.kinds == [.failure] && recorder.events.first?.error?.code == .locked)
  }

  @Test func `are told of an interruption`() async throws {
    let pipeline = try pipeline(of: "id\n1\n")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await pipeline.run(in: home)
    }
    await #expect(throws: CatchmentError.self) { try await task.value }
    #expect(recorder.kinds == [.start, .failure])
    #expect(recorder.events.last?.error?.code == .interrupted)
  }

  // MARK: Several pipelines

  @Test func `are told what became of each of several, and of all as one`() async throws {
    let whole = Recorder()
    var group = PipelineGroup([
      .init(try pipeline("good", of: "id\n1\n")), .init(try pipeline("lost", of: nil)),
      .init(try pipeline("after", of: "id\n1\n"), needs: ["lost"]),
    ])
    (group.name, group.receivers) = ("all", [Receiver(whole, on: RunEvent.Kind.allCases)])
    _ = try await group.run(in: home)
    #expect(whole.kinds == [.start, .partial])
    let event = try #require(whole.events.last)
    #expect(event.name == "all" && event.parts.map(\.kind) == [.success, .failure, .failure])
    #expect(event.parts.last?.missing == ["lost"] && event.parts.last?.run == nil)
    let after = recorder.events.filter { $0.name == "after" }
    #expect(after.map(\.kind) == [.failure], "it did not begin")
  }

  @Test(arguments: [
    ([RunEvent.Kind.success, .success], RunEvent.Kind.success), ([.success, .partial], .partial),
    ([.success, .failure], .partial), ([.failure, .failure], .failure),
    ([.success, .brokenPromise], .brokenPromise), ([], .success),
  ])
  func `know what several come to`(parts: [RunEvent.Kind], whole: RunEvent.Kind) {
    #expect(RunEvent.Kind(of: parts) == whole)
  }

  // MARK: Receivers that cannot be reached

  private func group(telling notifier: some Notifier) throws -> PipelineGroup {
    var group = PipelineGroup([
      .init(try pipeline(of: "id\n1\n").notify(notifier, on: [.success]))
    ])
    group.patience.retry = RetryPolicy(tries: 3, base: 0.001, longest: 0.001)
    return group
  }

  @Test func `are tried again, and told once`() async throws {
    let (busy, givenUp) = (Recorder(refusals: 2), GivenUp())
    _ = try await group(telling: busy).run(in: home, giveUp: givenUp.add)
    #expect(busy.kinds == [.success] && givenUp.all.isEmpty)
  }

  @Test func `are given up after some tries, and the run is as good as ever`() async throws {
    let (dead, givenUp) = (Recorder(refusals: .max), GivenUp())
    let outcomes = try await group(telling: dead).run(in: home, giveUp: givenUp.add)
    guard case .ran(let report) = outcomes[0] else { return #expect(Bool(false), "it failed") }
    #expect(report.run.records.loaded == 1)
    #expect(givenUp.all.map(\.place) == ["the recorder"])
    #expect(givenUp.all.first?.error.message == "not now")
  }

  @Test func `are given up when they do not answer in time`() async throws {
    let givenUp = GivenUp()
    var group = try group(telling: Silence())
    group.patience.seconds = 0.05
    _ = try await group.run(in: home, giveUp: givenUp.add)
    #expect(givenUp.all.count == 1)
    #expect(recorder.kinds == [.start, .success], "the others are told")
  }
}
