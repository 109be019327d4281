#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
internal import FoundationEssentials

/// A directory that goes when the test does.
public final class TemporaryDirectory: Sendable {
  /// Its absolute path, without a slash at the end.
  public let path: String

  /// In memory where there is room: tests wait for many small files to be durable, which says
  /// nothing about what is in them.
  private static let base: String = {
    var space = statvfs()
    guard access("/dev/shm", W_OK) == 0, statvfs("/dev/shm", &space) == 0,
      UInt64(space.f_bavail) * UInt64(space.f_frsize) > 4 << 30
    else { return "/tmp" }
    return "/dev/shm"
  }()

  /// Makes a directory that no other test shares.
  public init() throws {
    var template = Array("\(Self.base)/catchment-test.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw TestFailure("mkdtemp failed: \(errno)") }
    path = String(cString: made)
  }

  deinit {
    // Nothing depends on it being gone, and a deinit cannot throw.
    do { try FileManager.default.removeItem(atPath: path) } catch {}
  }

  /// Writes a file, with the directories above it.
  public func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  /// The same for bytes, which need not be text.
  public func write(_ bytes: [UInt8], to name: String) throws {
    let file = "\(path)/\(name)"
    let directory = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file))
  }

  /// Removes a file, or a directory with all that is in it; throws when it is not there.
  public func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }
}

/// A test could not do what it needs.
public struct TestFailure: Error, CustomStringConvertible {
  /// What is wrong, as the test's report shows it.
  public let description: String

  /// A failure in words that tell what was expected and what came.
  public init(_ description: String) { self.description = description }
}
