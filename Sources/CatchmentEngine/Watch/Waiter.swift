@preconcurrency internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Waits for a descriptor, for time to pass or for the end of its task, whichever comes first.
///
/// It waits on a thread of its own: those of the task pool are for work.
final class Waiter: Sendable {
  private let queue = DispatchQueue(label: "catchment.waiter")
  private let wake: (read: Int32, write: Int32)

  /// Nil when the process may open no more files.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wake = (ends[0], ends[1])
  }

  deinit {
    close(wake.read)
    close(wake.write)
  }

  /// Whether the descriptor is readable now; false as well when the task has been cancelled, and
  /// then at once.
  func wait(for descriptor: Int32?, seconds: Double) async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: self.poll(descriptor, seconds)) }
      }
    } onCancel: {
      // Never read: whoever waits from now on need not.
      var byte: UInt8 = 0
      _ = write(wake.write, &byte, 1)
    }
  }

  private func poll(_ descriptor: Int32?, _ seconds: Double) -> Bool {
    var sets = [pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)]
    if let descriptor { sets.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
    let milliseconds = Int32(min(max(seconds * 1_000, 0).rounded(.up), 86_400_000))
    let count = pollDescriptors(&sets, nfds_t(sets.count), milliseconds)
    return count > 0 && sets[0].revents == 0
  }
}

/// `poll(2)`, under a name that the member above does not hide.
private func pollDescriptors(
  _ sets: UnsafeMutablePointer<pollfd>, _ count: nfds_t, _ milliseconds: Int32
) -> Int32 { poll(sets, count, milliseconds) }
