internal import Catchment

/// A file or a folder of an archive.
public struct ArchiveMember: Sendable, Hashable {
  /// Its path below the archive, with slashes; one of an archive within begins with that one's name.
  public var path: String
  public var isFolder: Bool
  /// In bytes, as the archive states it, which need not be true; nil when it does not.
  public var statedSize: Int64?

  public init(path: String, isFolder: Bool = false, statedSize: Int64? = nil) {
    self.path = path
    self.isFolder = isFolder
    self.statedSize = statedSize
  }
}

/// The rules for members' names: each leads to a place below the folder it is unpacked into.
enum MemberName {
  private static let longestPart = 255

  /// The name without what means nothing, such as `./`; nil for the folder itself.
  ///
  /// Throws `validation` for a name that leads elsewhere, whatever system it would do so on.
  static func checked(
    _ name: String, of archive: String, limits: ArchiveLimits
  ) throws(CatchmentError) -> String? {
    if let reason = fault(of: name, limits) {
      throw CatchmentError(
        .validation, "the member \"\(name)\" of \(archive) is refused: \(reason)",
        hint: "do not use the archive unless you know who made it so; nothing of it was kept")
    }
    let parts = name.split(separator: "/").filter { $0 != "." }
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }

  private static func fault(of name: String, _ limits: ArchiveLimits) -> String? {
    // A backslash parts names where the archive may be unpacked next.
    let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    if name.isEmpty { return "it has no name" }
    if name.utf8.contains(0) { return "its name has a zero byte" }
    if parts.first?.isEmpty == true || isDrive(name) { return "its path is absolute" }
    if parts.contains("..") { return "its path leads out of the folder" }
    if parts.contains(where: { $0.utf8.count > longestPart }) { return "its name is too long" }
    if parts.count > limits.folders { return "it lies in more than \(limits.folders) folders" }
    return nil
  }

  /// `C:` and what follows.
  private static func isDrive(_ name: String) -> Bool {
    let bytes = Array(name.utf8.prefix(2))
    guard bytes.count == 2, bytes[1] == UInt8(ascii: ":") else { return false }
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[0] | 0x20)
  }
}
