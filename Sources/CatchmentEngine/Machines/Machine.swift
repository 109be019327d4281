internal import Catchment
internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A machine that conversations come from.
///
/// A home belongs to one machine, whose name lies in its raw store (`raw/machine`), so that a rebuild
/// knows it: what has no other machine written to it is that one's. The name is fixed when the home is
/// made or first opened by a version that knows machines, for hosts are renamed; the file may be edited.
struct Machine: Sendable, Equatable {
  /// As users see it: the host's name, or what they call it.
  var name: String
  /// Tells two hosts of one name apart; nil when it was named by a person, whose names are to be
  /// taken at their word.
  var id: String?
}

extension Machine {
  /// The machine of a home; noted there when it was not yet.
  static func own(of home: Home) throws(CatchmentError) -> Machine {
    let path = Self.path(in: home)
    if let noted = try noted(in: home) { return noted }
    let machine = try current()
    try Directory.create(home.raw)
    var file = try DurableFile(path: path)
    let text = "name: \(machine.name)\n" + (machine.id.map { "id: \($0)\n" } ?? "")
    let appended: Result<Void, CatchmentError> = Array(text.utf8).withUnsafeBytes { bytes in
      do throws(CatchmentError) { return .success(try file.append(bytes)) } catch {
        return .failure(error)
      }
    }
    try appended.get()
    try file.publish()
    return machine
  }

  /// What a home says of its machine; nil when it says nothing.
  static func noted(in home: Home) throws(CatchmentError) -> Machine? {
    guard let text = SmallFile.text(of: path(in: home)) else { return nil }
    var members: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      members[String(line[..<colon])] = line[line.index(after: colon)...].trimmed
    }
    guard let name = members["name"], isName(name) else {
      throw CatchmentError(
        .configuration, "\(path(in: home)) does not name a machine",
        hint: "write `name: ` and a name of letters, digits, points and dashes into it")
    }
    return Machine(name: name, id: members["id"])
  }

  private static func path(in home: Home) -> String { "\(home.raw)/machine" }

  /// This machine: as `CATCHMENT_MACHINE` calls it, else its host's name.
  private static func current() throws(CatchmentError) -> Machine {
    if let given = getenv("CATCHMENT_MACHINE") {
      return Machine(name: try checked(String(cString: given)), id: nil)
    }
    return Machine(name: plain(Lease.host), id: hostID)
  }

  /// A name that a person gave.
  ///
  /// It becomes part of a folder's name in the raw store.
  static func checked(_ name: String) throws(CatchmentError) -> String {
    guard isName(name) else {
      throw CatchmentError(
        .usage, "\"\(name)\" cannot be the name of a machine",
        hint: "use up to 64 letters, digits, points, dashes and underscores, such as `laptop`")
    }
    return name
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(isPlain) && !name.hasPrefix(".")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// What a host calls itself, as far as it can be a name: without its domain.
  static func plain(_ host: String) -> String {
    let label = host.prefix { $0 != "." }.lowercased()
    let bytes = label.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "-") }.prefix(64)
    return bytes.isEmpty ? "machine" : String(decoding: bytes, as: UTF8.self)
  }

  /// Of the system's own id, which stays private, where there is one; else at random.
  private static var hostID: String {
    guard let system = SmallFile.text(of: "/etc/machine-id")?.trimmedPrefixOfLine else {
      return Hex.text((0..<8).map { _ in UInt8.random(in: 0...255) })
    }
    let digest = SHA256.hash(data: Array("catchment machine \(system)".utf8))
    return Hex.text(Array(digest.prefix(8)))
  }
}

extension Machine {
  /// What another home's machine is called in this one: nil when it is this one's own.
  ///
  /// Another host with the name of this one gets a part of its id.
  func name(in own: Machine) -> String? {
    guard name == own.name else { return name }
    guard let id, let mine = own.id, id != mine else { return nil }
    return "\(name)~\(id.prefix(4))"
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let start = drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }

  fileprivate var trimmedPrefixOfLine: String? {
    let line = prefix { !$0.isNewline }.trimmed
    return line.isEmpty ? nil : line
  }
}

/// Files of a few lines.
enum SmallFile {
  /// The first 4 kB; nil when there is no such file that can be read.
  static func text(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var space = [UInt8](repeating: 0, count: 4 << 10)
    let count = pread(file, &space, space.count, 0)
    return count >= 0 ? String(decoding: space.prefix(count), as: UTF8.self) : nil
  }
}
