internal import Catchment
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Which servers may be asked.
///
/// A URL can come from data, and a redirect always does: so addresses of this machine and of the
/// network that it is in are refused unless their host is named here, and a redirect to another host
/// is followed only when that one is.
public struct HostRules: Sendable, Hashable {
  /// Hosts that may be redirected to, and may have an address that is not public.
  public var allowed: Set<String>

  public init(allowed: Set<String> = []) {
    self.allowed = Set(allowed.map { $0.lowercased() })
  }

  /// The address to connect to, so that what was checked is what is asked.
  ///
  /// Throws `refused` for a host with an address that is not public, `sourceUnavailable` for one that
  /// has none.
  func address(of host: String) throws(CatchmentError) -> String {
    try checked(Self.addresses(of: host), of: host)
  }

  /// The same for a host that is named by its address: a name is left to who asks it.
  func checkNumber(_ host: String) throws(CatchmentError) {
    let numbers = try Self.addresses(of: host, isNumber: true)
    if !numbers.isEmpty { _ = try checked(numbers, of: host) }
  }

  private func checked(
    _ found: [NetworkAddress], of host: String
  ) throws(CatchmentError) -> String {
    guard let first = found.first else {
      throw CatchmentError(.sourceUnavailable, "the host \(host) has no address")
    }
    guard !allowed.contains(host), let hidden = found.first(where: { !$0.isPublic }) else {
      return first.text
    }
    throw CatchmentError(
      .refused, "\(host) is \(hidden.text), an address of this machine or its network",
      hint: "name the host under `allow` if it is meant")
  }

  /// Whether a redirect may be followed; throws `refused` with the reason when not.
  func checkRedirect(from old: WebAddress, to new: WebAddress) throws(CatchmentError) {
    guard old.scheme == .http || new.scheme == .https else {
      throw CatchmentError(.refused, "\(old.host) redirects from https to http: \(new.shown)")
    }
    guard new.host == old.host || allowed.contains(new.host) else {
      throw CatchmentError(
        .refused, "\(old.host) redirects to another host: \(new.shown)",
        hint: "name \(new.host) under `allow` if it is meant")
    }
  }

  /// - Parameter isNumber: whether a name has none, and nobody is asked.
  private static func addresses(
    of host: String, isNumber: Bool = false
  ) throws(CatchmentError) -> [NetworkAddress] {
    var hints = addrinfo()
    if isNumber { hints.ai_flags = AI_NUMERICHOST }
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    if isNumber, status == EAI_NONAME { return [] }
    guard status == 0 else {
      var error = CatchmentError(
        .sourceUnavailable,
        "the host \(host) is not known: \(String(cString: gai_strerror(status)))")
      error.isTransient = status == EAI_AGAIN
      throw error
    }
    return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { entry in
      entry.flatMap { NetworkAddress($0.pointee) }
    }
  }
}

/// An address of the internet protocol, of version 4 or 6.
struct NetworkAddress: Hashable {
  /// Four bytes, or sixteen.
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  init?(_ entry: addrinfo) {
    switch entry.ai_family {
    case AF_INET:
      bytes = entry.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
      }
    case AF_INET6:
      bytes = entry.ai_addr.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
      }
    default: return nil
    }
  }

  var text: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether it is meant for anyone on the internet (the registries of special-purpose addresses,
  /// RFC 6890 and its successors).
  var isPublic: Bool { bytes.count == 4 ? Self.isPublic(version4: bytes) : isPublicVersion6 }

  private static func isPublic(version4 b: [UInt8]) -> Bool {
    switch (b[0], b[1]) {
    case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): false
    case (100, 64...127), (172, 16...31), (198, 18...19): false
    case (192, 0): b[2] != 0 && b[2] != 2
    case (198, 51): b[2] != 100
    case (203, 0): b[2] != 113
    default: true
    }
  }

  private var isPublicVersion6: Bool {
    // IPv4 in other clothes: mapped, and of a translator.
    let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
    let isTranslated = bytes[..<4] == [0, 0x64, 0xff, 0x9b]
    if isMapped || isTranslated { return Self.isPublic(version4: Array(bytes[12...])) }
    // What is given out begins with 001; 2001:db8::/32 is for examples.
    return bytes[0] >> 5 == 1 && bytes[..<4] != [0x20, 0x01, 0x0d, 0xb8]
  }
}
