public import Catchment
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What a server calls the bytes of a file, to tell whether they are the same still.
public struct FileVersion: Sendable, Hashable {
  /// As the server wrote it, with its quotes.
  public var etag: String?
  /// When the file was changed last, as the server wrote it.
  public var modified: String?

  public init(etag: String? = nil, modified: String? = nil) {
    self.etag = etag
    self.modified = modified
  }

  /// Whether it tells byte for byte: a weak tag does not, a time to the second does well enough only
  /// without one.
  var isExact: Bool {
    if let etag { return !etag.hasPrefix("W/") }
    return modified != nil
  }

  /// What `If-Range` takes.
  var range: String? { etag ?? modified }

  /// When the file was changed last, in nanoseconds since 1970; 0 when that is not known.
  var nanoseconds: Int64 { modified.flatMap(HTTPDate.seconds).map { $0 * 1_000_000_000 } ?? 0 }

  /// The version of a file that `mark` was called for; nil when there is no such file.
  public init?(ofFileAt path: String) {
    guard let modified = Unit.Fingerprint.current(of: path)?.modified else { return nil }
    self.init(modified: HTTPDate.text(modified / 1_000_000_000))
  }

  /// Gives a file the time that its server says it was changed, as far as it says so.
  public func mark(_ path: String) throws(CatchmentError) {
    guard let seconds = modified.flatMap(HTTPDate.seconds) else { return }
    let times = Array(repeating: timespec(tv_sec: Int(seconds), tv_nsec: 0), count: 2)
    guard utimensat(AT_FDCWD, path, times, 0) == 0 else { throw .file("write", path) }
  }

  /// Reads one that was kept, a value a line; nil when there is none.
  init?(keptAt path: String) throws(CatchmentError) {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let lines = try String(contentsOfFile: path, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard lines.count >= 2 else { return nil }
      self.init(
        etag: lines[0].isEmpty ? nil : lines[0], modified: lines[1].isEmpty ? nil : lines[1])
    } catch {
      throw CatchmentError(.destinationUnavailable, "cannot read \(path)", cause: "\(error)")
    }
  }

  func keep(at path: String) throws(CatchmentError) {
    do {
      try "\(etag ?? "")\n\(modified ?? "")\n".write(
        toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw CatchmentError(.destinationUnavailable, "cannot write \(path)", cause: "\(error)")
    }
  }
}

/// The times of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970; nil for what is no such time.
  static func seconds(_ text: String) -> Int64? {
    let parts = text.split(whereSeparator: { " ,:".contains($0) })
    guard parts.count == 8, parts[7] == "GMT", let day = Int64(parts[1]),
      let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
      let hour = Int64(parts[4]), let minute = Int64(parts[5]), let second = Int64(parts[6]),
      (1...31).contains(day), (1970...9999).contains(year)
    else { return nil }
    let days = days(year, Int64(month) + 1) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second
  }

  /// The time as HTTP writes it, of seconds since 1970.
  static func text(_ seconds: Int64) -> String {
    let date = Date(timeIntervalSince1970: Double(seconds))
    return date.formatted(
      Date.VerbatimFormatStyle(
        format: """
          \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
          \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
          \(second: .twoDigits) GMT
          """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
        calendar: Foundation.Calendar(identifier: .gregorian)))
  }

  /// Days from 1970 to the first of a month: years begin in March, so that leap days come last.
  static func days(_ year: Int64, _ month: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let place = (month + 9) % 12
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * place + 2) / 5
      - 719_468
  }
}
