public import Catchment
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that lines are added to, by any number of threads and processes.
///
/// A line is written in one piece. When the file is renamed or removed, as `logrotate` does, the next
/// line begins a new one.
public final class LogFile: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32>

  /// Makes the file, readable by its owner alone, unless it is there.
  public init(_ path: String) throws(CatchmentError) {
    self.path = path
    let opened = Self.open(path)
    guard opened >= 0 else {
      throw .system("open the log", path, code: .configuration)
    }
    descriptor = Mutex(opened)
  }

  deinit { descriptor.withLock { _ = close($0) } }

  /// Adds a line, which brings its own end; a log that cannot be written stops no work.
  public func write(_ line: String) {
    descriptor.withLock { descriptor in
      if !isCurrent(descriptor) {
        let opened = Self.open(path)
        if opened >= 0 {
          close(descriptor)
          descriptor = opened
        }
      }
      var line = line
      line.withUTF8 { bytes in _ = append(descriptor, bytes) }
    }
  }

  private func isCurrent(_ descriptor: Int32) -> Bool {
    var (mine, named) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &named) == 0
      && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
  }

  private static func open(_ path: String) -> Int32 {
    openFile(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
  }
}

/// `open(2)` and `write(2)`, under names that the members above do not hide.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}

private func append(_ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
