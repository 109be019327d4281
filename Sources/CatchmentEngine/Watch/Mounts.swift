/// Which file systems lie where, as the kernel lists them in `/proc/self/mountinfo`.
struct Mounts {
  /// Those whose changes may be made on another machine, of which the kernel here sends no notice.
  private static let remote: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p", "virtiofs", "vboxsf", "prl_fs",
    "lustre", "gfs2", "ocfs2", "glusterfs", "fuseblk",
  ]

  private let types: [(place: String, type: String)]

  /// Reads the list; lines that are not as they should be are left out.
  init(_ list: String) {
    types = list.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { return nil }
      return (Self.unescaped(fields[4]), String(fields[dash + 1]))
    }
  }

  /// The type of the file system that a path lies on: of the mounts above it the innermost, of those
  /// the last.
  func type(of path: String) -> String? {
    var best: (place: String, type: String)?
    for mount in types where Self.isAbove(mount.place, path) {
      if mount.place.utf8.count >= best?.place.utf8.count ?? 0 { best = mount }
    }
    return best?.type
  }

  /// Whether files there can change without a notice.
  func isRemote(_ path: String) -> Bool {
    guard let type = type(of: path) else { return false }
    return Self.remote.contains(type) || type.hasPrefix("fuse.")
  }

  private static func isAbove(_ place: String, _ path: String) -> Bool {
    place == "/" || path == place || path.hasPrefix("\(place)/")
  }

  /// Spaces and the like are written as a backslash and three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let code = UInt8(digits, radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
