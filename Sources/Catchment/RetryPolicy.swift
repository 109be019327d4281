#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How often and after which pauses something is tried again that may succeed by itself.
///
/// Each pause is twice the one before, up to a limit, and a random part of it is left out, so that
/// those who failed together do not come back together.
public struct RetryPolicy: Sendable {
  /// How often it is tried, the first time among them.
  public var tries: Int
  /// The first pause, in seconds.
  public var base: Double
  /// The longest pause, in seconds.
  public var longest: Double
  /// The share of each pause that chance may take away.
  public var jitter = 0.25
  /// Lets so many seconds pass; throws `interrupted` when the task is cancelled meanwhile.
  package var wait: @Sendable (Double) throws(CatchmentError) -> Void = {
    (seconds) throws(CatchmentError) in try RetryPolicy.sleep(seconds)
  }
  /// The same for who holds no thread meanwhile.
  package var rest: @Sendable (Double) async throws(CatchmentError) -> Void = {
    (seconds) async throws(CatchmentError) in
    do { try await Task.sleep(for: .seconds(seconds)) } catch { throw .interrupted }
  }
  /// A number from 0 to 1.
  package var chance: @Sendable () -> Double = { .random(in: 0...1) }

  /// Three tries, with pauses of about one and two seconds, unless said otherwise.
  public init(tries: Int = 3, base: Double = 1, longest: Double = 30) {
    self.tries = tries
    self.base = base
    self.longest = longest
  }

  /// Tries once.
  public static let never = RetryPolicy(tries: 1)

  /// The pause after so many tries that failed, in seconds.
  public func pause(after failures: Int) -> Double {
    let full = min(base * Double(1 << min(max(failures - 1, 0), 30)), longest)
    return full * (1 - jitter * chance())
  }

  /// A server may ask for any number; no more than a day is waited for one.
  private static let mostAsked = 86_400.0

  /// The pause after so many tries, of which the last failed so: as long at least as a server asked for.
  public func pause(after failures: Int, _ error: CatchmentError) -> Double {
    max(pause(after: failures), min(error.retryAfter ?? 0, Self.mostAsked))
  }

  /// Does something, and does it again as long as it fails in a way that may pass.
  ///
  /// `note` is told of each failure that is not the last, and of the pause after it.
  public func run<R>(
    while isTransient: (CatchmentError) -> Bool,
    note: (CatchmentError, Double) -> Void = { _, _ in },
    _ body: () throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    var failures = 0
    while true {
      do throws(CatchmentError) {
        return try body()
      } catch {
        failures += 1
        guard failures < tries, isTransient(error) else { throw error }
        let pause = pause(after: failures)
        note(error, pause)
        try wait(pause)
      }
    }
  }

  /// In small pieces, so that a cancelled task need not wait for the end.
  private static let piece = 0.05

  private static func sleep(_ seconds: Double) throws(CatchmentError) {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      guard !Task.isCancelled else { throw .interrupted }
      let left = (end - .now) / .seconds(1)
      guard left > 0 else { return }
      usleep(UInt32(min(left, piece) * 1e6))
    }
  }
}
