internal import Catchment

/// What an archive may come to: beyond it is taken for an attack, and nothing of it is used.
public struct ArchiveLimits: Sendable, Hashable {
  /// Unpacked, all members together may be so many times as large as the archive.
  ///
  /// Text that people and machines write shrinks ten times, logs thirty.
  public var ratio: Int64 = 200
  /// What every archive may come to, however small it is.
  public var alwaysAllowed: Int64 = 64 << 20
  /// What all members may come to, however large the archive is; nil for what the ratio allows.
  public var totalBytes: Int64?
  /// Files and folders, those of archives within it counted.
  public var entries = 100_000
  /// Archives within archives that are opened: 0 for none.
  public var depth = 0
  /// Folders within folders of a member's name.
  public var folders = 64

  public init() {}

  /// What an archive of so many bytes may unpack to.
  func bytes(ofArchiveOf size: Int64) -> Int64 {
    let (product, isTooLarge) = size.multipliedReportingOverflow(by: ratio)
    let byRatio = max(isTooLarge ? .max : product, alwaysAllowed)
    return min(byRatio, totalBytes ?? .max)
  }
}

/// What is left of the limits while an archive is unpacked, the archives within it included.
///
/// One task uses it.
final class ArchiveBudget {
  let limits: ArchiveLimits
  private let archive: String
  private let allowed: Int64
  private var entries = 0
  private(set) var bytes: Int64 = 0

  /// - Parameter size: the archive's own bytes.
  init(_ limits: ArchiveLimits, archive: String, size: Int64) {
    self.limits = limits
    self.archive = archive
    allowed = limits.bytes(ofArchiveOf: size)
  }

  /// Counts a member, whose size is as the archive states it.
  func open(_ member: String, stated: Int64) throws(CatchmentError) {
    entries += 1
    guard entries <= limits.entries else {
      throw refusal(
        "has more than \(limits.entries) members", hint: "allow more if that is right")
    }
    // What is stated is not to be trusted, but it may save the work.
    guard stated <= allowed - bytes else { throw tooLarge(member) }
  }

  /// Counts bytes that were unpacked.
  func take(_ count: Int, of member: String) throws(CatchmentError) {
    bytes += Int64(count)
    guard bytes <= allowed else { throw tooLarge(member) }
  }

  private func tooLarge(_ member: String) -> CatchmentError {
    refusal(
      "unpacks to more than \(allowed >> 20) MiB, which so small an archive seldom does",
      hint: "allow a larger ratio if that is right", cause: "the limit was reached in \(member)")
  }

  private func refusal(_ what: String, hint: String, cause: String? = nil) -> CatchmentError {
    CatchmentError(
      .validation, "\(archive) \(what)", hint: "\(hint); nothing of it was kept", cause: cause)
  }
}
