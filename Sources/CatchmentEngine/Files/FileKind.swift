#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What is at a path.
enum FileKind {
  case file, directory, link, other, absent

  /// A link counts as what it leads to, unless it is asked for itself.
  init(_ path: String, isFollowingLinks: Bool = true) {
    var info = stat()
    guard (isFollowingLinks ? stat(path, &info) : lstat(path, &info)) == 0 else {
      self = .absent
      return
    }
    switch info.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .link
    default: self = .other
    }
  }
}

/// Short files as text.
enum FileText {
  /// The whole of it, or nil when it cannot be read; of what the kernel makes up as it is read the
  /// size is not known before.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var space = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = readBytes(descriptor, &space, space.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += space.prefix(count)
    }
  }
}

/// `read(2)`, under a name that the member above does not hide.
private func readBytes(_ descriptor: Int32, _ space: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, space, count)
}
