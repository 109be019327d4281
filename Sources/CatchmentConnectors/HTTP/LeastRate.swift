/// How slowly a server may send: one that sends less for so long is given up, and gone on with anew.
public struct LeastRate: Sendable, Hashable {
  public var bytesPerSecond: Int
  /// Over so many seconds that it was waited for, in each stretch of them.
  public var seconds: Double

  public init(bytesPerSecond: Int = 1_024, seconds: Double = 30) {
    self.bytesPerSecond = bytesPerSecond
    self.seconds = seconds
  }
}

/// Looks at what a server sends, and at nothing else that takes time.
struct RateWatch {
  private let least: LeastRate
  private var waited: Duration = .zero
  private var came = 0

  init(_ least: LeastRate) { self.least = least }

  /// Tells of bytes and of how long they were waited for; false when it is too slow.
  mutating func take(_ bytes: Int, after wait: Duration) -> Bool {
    waited += wait
    came += bytes
    guard waited >= .seconds(least.seconds) else { return true }
    let isEnough = Double(came) >= Double(least.bytesPerSecond) * (waited / .seconds(1))
    (waited, came) = (.zero, 0)
    return isEnough
  }
}
