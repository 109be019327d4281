internal import Catchment
@preconcurrency internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Tells other processes, twice a second, how far the runs of this one are.
///
/// It has a queue of its own: the workers hold the task pool's threads. A run is never worth less than
/// the word of it: what cannot be told, such as on a full disk, is not told.
final class StatusBoard: Sendable {
  typealias Entry = (name: String, progress: RunProgress)

  private struct State {
    var told: LiveRuns
    var isClosed = false
  }

  private let file: LiveFile
  private let lock: FileLock?
  private let entries: [Entry]
  private let state: Mutex<State>
  private let timer: any DispatchSourceTimer
  private static let queue = DispatchQueue(label: "catchment.status")

  /// Ends with `close`.
  init(_ home: Home, _ command: String, _ entries: [Entry]) {
    let (process, now) = (getpid(), Clock.now())
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    file = LiveFile(path: "\(home.status)/\(process)-\(suffix)")
    self.entries = entries
    let first = LiveRuns(
      command: command, process: process, began: now,
      works: entries.map { .init(name: $0.name, progress: $0.progress.snapshot) })
    state = Mutex(State(told: first))
    lock = Self.begin(file, home, first)
    timer = DispatchSource.makeTimerSource(queue: Self.queue)
    timer.schedule(deadline: .now() + 0.5, repeating: 0.5)
    timer.setEventHandler { @Sendable [weak self] in self?.tell() }
    if lock != nil { tell() }
    timer.resume()
  }

  private static func begin(_ file: LiveFile, _ home: Home, _ first: LiveRuns) -> FileLock? {
    do throws(CatchmentError) {
      try Directory.create(home.status)
      try sweep(home, first)
      return try file.hold()
    } catch {
      return nil
    }
  }

  /// What was killed is told until the same is run again.
  private static func sweep(_ home: Home, _ new: LiveRuns) throws(CatchmentError) {
    for file in try LiveRuns.paths(in: home) {
      guard let old = file.read(), !old.isRunning, old.overlaps(new) else { continue }
      try file.remove()
    }
  }

  private func tell() {
    guard lock != nil else { return }
    state.withLock { state in
      guard !state.isClosed else { return }
      state.told.update(entries)
      guard let bytes = state.told.bytes else { return }
      do throws(CatchmentError) { try file.write(bytes) } catch {
        // The next time may be better.
      }
    }
  }

  /// Takes back what was told.
  func close() {
    timer.cancel()
    state.withLock { $0.isClosed = true }
    guard lock != nil else { return }
    do throws(CatchmentError) { try file.remove() } catch {
      // What is left is told as stopped, until the same is run again.
    }
    lock?.release()
  }
}

extension LiveRuns {
  fileprivate mutating func update(_ entries: [StatusBoard.Entry]) {
    updated = Clock.now()
    peakMemory = ResourceUse.now.peakMemory
    for (place, entry) in entries.enumerated() {
      works[place].progress = entry.progress.snapshot
      let isReading = works[place].progress.totalUnits > 0
      works[place].readingSince = isReading ? works[place].readingSince ?? updated : nil
    }
  }
}
