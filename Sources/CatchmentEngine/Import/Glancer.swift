internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What the beginning of a file tells.
struct Glance {
  /// Nil when no source knows it.
  var source: String?
  var copyHint: UInt64?
}

/// Looks at the beginnings of files.
struct Glancer {
  /// Where a format and a copied history show themselves, at the latest.
  private static let size = 16 << 10

  private let sources: [any Source]
  private var buffer = [UInt8](repeating: 0, count: Self.size)

  init(_ sources: [any Source]) { self.sources = sources }

  /// A file that cannot be read goes to the first source that may hold it, whose worker says what
  /// is wrong; one that the user named may have any name.
  mutating func look(at path: String, isNamed: Bool) -> Glance {
    let likely = sources.filter { $0.mayHold(path) }
    let candidates = likely.isEmpty && isNamed ? sources : likely
    guard let count = read(path) else { return Glance(source: candidates.first?.name) }
    return buffer.withUnsafeBytes { bytes in
      let beginning = UnsafeRawBufferPointer(rebasing: bytes[..<count])
      let source = surest(candidates, beginning, path)
      return Glance(source: source?.name, copyHint: source?.copyHint(beginning, of: path))
    }
  }

  /// Of equally sure sources, the first in the catalogue.
  private func surest(
    _ candidates: [any Source], _ beginning: UnsafeRawBufferPointer, _ path: String
  ) -> (any Source)? {
    var best: (source: any Source, recognition: Recognition)?
    for source in candidates {
      let recognition = source.recognise(beginning, of: path)
      if recognition == .certain { return source }
      if recognition > best?.recognition ?? .none { best = (source, recognition) }
    }
    return best?.source
  }

  private mutating func read(_ path: String) -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let count = pread(descriptor, &buffer, buffer.count, 0)
    return count >= 0 ? count : nil
  }
}
