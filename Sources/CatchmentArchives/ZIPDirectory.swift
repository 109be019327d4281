internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The directory at the end of a ZIP archive (APPNOTE 6.3), read to be checked.
///
/// What unpacks the members believes the directory; here it is held against the members' own headers:
/// names that differ, members that share bytes and bytes that lie elsewhere are how an archive shows
/// one thing to who checks it and another to who unpacks it.
struct ZIPDirectory {
  static let signature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  /// Of an archive without members.
  static let emptySignature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]

  private let file: RandomFile
  private let path: String

  init(_ path: String) throws(CatchmentError) {
    self.path = path
    file = try RandomFile(path)
  }

  private struct Entry {
    var name: [UInt8]
    var flags: UInt16
    var packed: UInt64
    var header: UInt64
  }

  private struct Place {
    var start: UInt64
    var size: UInt64
    var count: UInt64
  }

  /// Throws `validation` for an archive that contradicts itself, `sourceUnavailable` for one that is
  /// cut short.
  func check(_ limits: ArchiveLimits) throws(CatchmentError) {
    let place = try place()
    guard place.count <= UInt64(limits.entries) else {
      throw refusal("has \(place.count) members, more than \(limits.entries)")
    }
    let entries = try entries(place)
    var ranges: [(range: Range<UInt64>, name: [UInt8])] = []
    for entry in entries {
      if entry.flags & 1 != 0 { throw refusal("is encrypted", member: entry.name) }
      ranges.append((try range(of: entry, before: place.start), entry.name))
    }
    ranges.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (one, next) in zip(ranges, ranges.dropFirst())
    where one.range.upperBound > next.range.lowerBound {
      throw refusal("shares bytes with \"\(Self.text(one.name))\"", member: next.name)
    }
  }

  // MARK: The end record

  private static let endSize: UInt64 = 22
  private static let longestComment: UInt64 = 0xFFFF

  private func place() throws(CatchmentError) -> Place {
    let tail = min(file.size, Self.endSize + Self.longestComment)
    let bytes = try file.bytes(at: file.size - tail, count: Int(tail))
    var start = bytes.count - Int(Self.endSize)
    while start >= 0, !bytes[start...].starts(with: Self.emptySignature) { start -= 1 }
    guard start >= 0 else {
      throw CatchmentError(
        .sourceUnavailable, "\(path) is a ZIP archive that is cut short",
        hint: "fetch it again; nothing was taken from it",
        cause: "it has no directory at its end")
    }
    let end = LittleEndian(bytes[start...])
    let place = Place(
      start: UInt64(end.uint32(16)), size: UInt64(end.uint32(12)), count: UInt64(end.uint16(10)))
    let isLarge =
      place.start == 0xFFFF_FFFF || place.size == 0xFFFF_FFFF || place.count == 0xFFFF
    let position = file.size - tail + UInt64(start)
    return isLarge ? try largePlace(endAt: position) ?? place : place
  }

  /// That of ZIP64, which stands before the end record when a number is too large for that.
  private func largePlace(endAt position: UInt64) throws(CatchmentError) -> Place? {
    guard position >= 20 else { return nil }
    let locator = try file.bytes(at: position - 20, count: 20)
    guard locator.starts(with: [0x50, 0x4B, 0x06, 0x07]) else { return nil }
    let record = LittleEndian(locator[...]).uint64(8)
    let bytes = try file.bytes(at: record, count: 56)
    guard bytes.starts(with: [0x50, 0x4B, 0x06, 0x06]) else { throw refusal("has no directory") }
    let end = LittleEndian(bytes[...])
    return Place(start: end.uint64(48), size: end.uint64(40), count: end.uint64(32))
  }

  // MARK: The entries

  private func entries(_ place: Place) throws(CatchmentError) -> [Entry] {
    guard place.size <= file.size, place.start <= file.size - place.size,
      place.count <= place.size / 46 + 1
    else { throw refusal("has a directory that lies outside of it") }
    let bytes = try file.bytes(at: place.start, count: Int(place.size))
    var entries: [Entry] = []
    var rest = bytes[...]
    for _ in 0..<place.count {
      guard rest.count >= 46, rest.starts(with: [0x50, 0x4B, 0x01, 0x02]) else {
        throw refusal("has a directory that is damaged")
      }
      let fields = LittleEndian(rest)
      let (name, extra) = (Int(fields.uint16(28)), Int(fields.uint16(30)))
      let size = 46 + name + extra + Int(fields.uint16(32))
      guard rest.count >= size else { throw refusal("has a directory that is damaged") }
      let first = rest.startIndex + 46
      var entry = Entry(
        name: Array(rest[first..<first + name]), flags: fields.uint16(8),
        packed: UInt64(fields.uint32(20)), header: UInt64(fields.uint32(42)))
      Self.enlarge(
        &entry, isSizeLarge: fields.uint32(24) == .max,
        by: rest[first + name..<first + name + extra])
      entries.append(entry)
      rest = rest.dropFirst(size)
    }
    return entries
  }

  /// Reads the numbers of ZIP64, each of which is there only when the plain one is all ones.
  private static func enlarge(
    _ entry: inout Entry, isSizeLarge: Bool, by extra: ArraySlice<UInt8>
  ) {
    var rest = extra
    while rest.count >= 4 {
      let fields = LittleEndian(rest)
      let size = min(Int(fields.uint16(2)), rest.count - 4)
      if fields.uint16(0) == 1 {
        let numbers = rest.dropFirst(4).prefix(size)
        var place = isSizeLarge ? 8 : 0
        for path in [\Entry.packed, \Entry.header] where entry[keyPath: path] == 0xFFFF_FFFF {
          if numbers.count >= place + 8 {
            entry[keyPath: path] = LittleEndian(numbers).uint64(place)
          }
          place += 8
        }
        return
      }
      rest = rest.dropFirst(4 + size)
    }
  }

  /// The bytes that a member takes, by its own header, which must agree with the directory.
  private func range(
    of entry: Entry, before directory: UInt64
  ) throws(CatchmentError) -> Range<UInt64> {
    let size = UInt64(30 + entry.name.count)
    guard entry.header <= directory, size <= directory - entry.header else {
      throw refusal("lies outside of the archive", member: entry.name)
    }
    let bytes = try file.bytes(at: entry.header, count: Int(size))
    let fields = LittleEndian(bytes[...])
    guard bytes.starts(with: Self.signature), Int(fields.uint16(26)) == entry.name.count,
      bytes.dropFirst(30).elementsEqual(entry.name)
    else { throw refusal("has another name in its own header", member: entry.name) }
    let start = entry.header + size + UInt64(fields.uint16(28))
    guard start <= directory, entry.packed <= directory - start else {
      throw refusal("lies outside of the archive", member: entry.name)
    }
    return entry.header..<start + entry.packed
  }

  private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

  private func refusal(_ what: String, member: [UInt8]? = nil) -> CatchmentError {
    let subject = member.map { "the member \"\(Self.text($0))\" of \(path)" } ?? path
    return CatchmentError(
      .validation, "\(subject) \(what)",
      hint: "do not use the archive unless you know who made it so; nothing of it was kept")
  }
}

/// Numbers as ZIP writes them, at places counted from the beginning.
private struct LittleEndian {
  private let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  func uint16(_ place: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(place, 2)) }
  func uint32(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(place, 4)) }
  func uint64(_ place: Int) -> UInt64 { number(place, 8) }

  private func number(_ place: Int, _ count: Int) -> UInt64 {
    let first = bytes.startIndex + place
    return bytes[first..<first + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// A file that is read here and there.
private final class RandomFile {
  private let descriptor: Int32
  private let path: String
  let size: UInt64

  init(_ path: String) throws(CatchmentError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    size = UInt64(max(lseek(descriptor, 0, SEEK_END), 0))
  }

  deinit { close(descriptor) }

  /// Throws `sourceUnavailable` when the file ends before.
  func bytes(at offset: UInt64, count: Int) throws(CatchmentError) -> [UInt8] {
    guard offset <= size, UInt64(count) <= size - offset else { throw cut }
    var bytes = [UInt8](repeating: 0, count: count)
    guard pread(descriptor, &bytes, count, off_t(offset)) == count else { throw cut }
    return bytes
  }

  private var cut: CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(path) is cut short", hint: "fetch it again; nothing was taken from it")
  }
}
