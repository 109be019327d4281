#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What this process has used until now.
struct ResourceUse {
  /// In user and system mode, of all its threads.
  var cpuSeconds = 0.0
  /// The most memory it has held at once, in bytes.
  var peakMemory: Int64 = 0

  static var now: ResourceUse {
    var usage = rusage()
    guard getrusage(own, &usage) == 0 else { return ResourceUse() }
    #if canImport(Darwin)
      let unit: Int64 = 1
    #else
      let unit: Int64 = 1_024
    #endif
    return ResourceUse(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      peakMemory: Int64(usage.ru_maxrss) * unit)
  }

  /// The process as a whole.
  #if canImport(Glibc)
    private static let own = __rusage_who_t(RUSAGE_SELF.rawValue)
  #else
    private static let own = RUSAGE_SELF
  #endif

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}
