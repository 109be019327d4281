internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The folder beside the members' places where they are unpacked first.
///
/// It is new and its owner's alone, so no link lies in it, and nobody sees what is half there. It goes
/// with everything in it when it is forgotten.
final class ExtractionStage {
  /// Where members are unpacked.
  let path: String
  private let folder: String
  private let lock: FileLock
  private let isNew: Bool
  private var isPublished = false
  private var folders: Set<String> = []

  /// - Parameter folder: where the members are going to be; it is made when it is not there.
  init(_ folder: String, archive: String) throws(CatchmentError) {
    self.folder = folder
    let isNew = Self.kind(of: folder) == nil
    if isNew { try Self.make(folder, mode: 0o777) }
    let name = archive.split(separator: "/").last ?? "archive"
    let path = "\(folder)/.\(name).unpacking"
    self.path = path
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .system("create the folder", path, code: .destinationUnavailable)
    }
    guard let lock = try FileLock.take(folder: path) else {
      throw CatchmentError(
        .locked, "another process unpacks \(archive) into \(folder)",
        hint: "wait until it is done, or stop it")
    }
    self.lock = lock
    // What a killed process left.
    try Self.removeEntries(of: path)
    self.isNew = isNew
  }

  deinit {
    // What went wrong before is what the caller must hear.
    do throws(CatchmentError) { try Self.removeEntries(of: path) } catch {}
    rmdir(path)
    // A folder that was there for nothing.
    if isNew, !isPublished { rmdir(folder) }
  }

  // MARK: Members

  func makeFolder(_ member: String) throws(CatchmentError) {
    guard !member.isEmpty, !folders.contains(member) else { return }
    try makeFolder(Self.parent(of: member))
    try Self.make("\(path)/\(member)", mode: 0o777)
    folders.insert(member)
  }

  /// A new file for a member.
  func open(_ member: ArchiveMember) throws(CatchmentError) -> UnpackedFile {
    try makeFolder(Self.parent(of: member.path))
    return try UnpackedFile("\(path)/\(member.path)")
  }

  /// Gives the members their places; when one of them is taken, none.
  func publish(_ members: [ArchiveMember], isReplacing: Bool) throws(CatchmentError) {
    for member in members { try check(member, isReplacing) }
    for folder in folders.sorted() where Self.kind(of: "\(self.folder)/\(folder)") == nil {
      try Self.make("\(self.folder)/\(folder)", mode: 0o777)
    }
    for member in members where !member.isFolder {
      let place = "\(folder)/\(member.path)"
      guard rename("\(path)/\(member.path)", place) == 0 else {
        throw .system("rename", place, code: .destinationUnavailable)
      }
    }
    fsync(lock.descriptor)
    isPublished = true
  }

  /// A place is free when nothing is there, and no link on the way leads elsewhere.
  private func check(_ member: ArchiveMember, _ isReplacing: Bool) throws(CatchmentError) {
    var way = folder
    for part in member.path.split(separator: "/") {
      way += "/\(part)"
      let isLast = way.utf8.count == folder.utf8.count + 1 + member.path.utf8.count
      let isFolder = !isLast || member.isFolder
      guard let kind = Self.kind(of: way) else { return }
      if isFolder, kind == S_IFDIR { continue }
      if !isFolder, kind == S_IFREG, isReplacing { continue }
      throw CatchmentError(
        .refused, "\(way) is there already",
        hint: isFolder || kind != S_IFREG
          ? "unpack into another folder; nothing was changed"
          : "unpack into another folder, or say that files are replaced; nothing was changed")
    }
  }

  // MARK: Folders

  private static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// What is at a path, a link itself and not what it leads to; nil for nothing.
  private static func kind(of path: String) -> mode_t? {
    var info = stat()
    return lstat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
  }

  private static func make(_ path: String, mode: mode_t) throws(CatchmentError) {
    guard mkdir(path, mode) != 0, errno != EEXIST else { return }
    throw .system("create the folder", path, code: .destinationUnavailable)
  }

  private static func removeEntries(of path: String) throws(CatchmentError) {
    guard let stream = opendir(path) else {
      throw .system("list", path, code: .destinationUnavailable)
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // Read where it lies: an entry is only as long as its name, the field's type is longer.
      let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      guard name != ".", name != ".." else { continue }
      let child = "\(path)/\(name)"
      if kind(of: child) == S_IFDIR {
        try removeEntries(of: child)
        rmdir(child)
      } else if unlink(child) != 0 {
        throw .system("remove", child, code: .destinationUnavailable)
      }
    }
  }
}

/// A member that is being written.
final class UnpackedFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(CatchmentError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("create", path, code: .destinationUnavailable) }
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    try descriptor.writeAll(bytes, to: path)
  }

  /// A disk that is full may say so only now.
  func finish() throws(CatchmentError) {
    guard fsync(descriptor) == 0 else {
      throw .system("make durable", path, code: .destinationUnavailable)
    }
  }
}
