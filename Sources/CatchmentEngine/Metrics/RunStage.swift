internal import Synchronization

/// What a run spends its time on.
public enum RunStage: String, Sendable, CaseIterable {
  /// Finding out what is new.
  case plan
  /// Fetching from servers what is new, for a pipeline.
  case fetch
  /// Reading units, cutting them into records, hashing those and keeping them in the raw store.
  case extract
  /// Making rows of records.
  case transform
  /// Writing rows and committing them.
  case load
  /// Setting what conversations take from each other.
  case link
  /// Counting what is committed.
  case reconcile
  /// Writing everything back into the warehouse's file.
  case save

  /// Those of an import, in their order.
  public static let ofImports = allCases.filter { $0 != .fetch }
  /// Those of a pipeline, in their order.
  public static let ofPipelines: [RunStage] = [
    .plan, .fetch, .extract, .transform, .load, .reconcile,
  ]
}

/// How long each stage of a run took; workers that work at once are added up.
final class StageTimes: Sendable {
  private let seconds = Mutex([Double](repeating: 0, count: RunStage.allCases.count))

  /// Does something and counts its time for a stage.
  func measure<R, E: Error>(
    _ stage: RunStage, _ body: () throws(E) -> R
  ) throws(E) -> R {
    let began = Clock.steady()
    defer { add(Clock.steady() - began, to: stage) }
    return try body()
  }

  func add(_ time: Double, to stage: RunStage) {
    seconds.withLock { $0[Self.place(stage)] += time }
  }

  /// In seconds.
  subscript(stage: RunStage) -> Double { seconds.withLock { $0[Self.place(stage)] } }

  /// All of them, in seconds.
  var all: [RunStage: Double] {
    Dictionary(uniqueKeysWithValues: RunStage.allCases.map { ($0, self[$0]) })
  }

  private static func place(_ stage: RunStage) -> Int {
    RunStage.allCases.firstIndex(of: stage) ?? 0
  }
}
