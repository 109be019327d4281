#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A locale whose text is UTF-8: libarchive asks the thread's for what names are written in, and a
/// program without one has ASCII alone.
enum NameLocale {
  /// Shared by all threads: it is made once, and nothing changes it.
  private nonisolated(unsafe) static let utf8 = newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

  /// Runs `body` with it on this thread.
  static func use<R>(_ body: () -> R) -> R {
    let before = uselocale(utf8)
    defer { uselocale(before) }
    return body()
  }
}
