internal import Catchment
internal import Crypto

/// Signs requests as AWS's Signature Version 4 has it.
///
/// The server learns who asks, and that nobody changed what is asked. The secret itself is never sent.
struct RequestSignature {
  let keys: S3Keys
  let region: String
  var service = "s3"

  private static let algorithm = "AWS4-HMAC-SHA256"
  /// What no bytes at all hash to.
  static let noPayload = Hex.text(Array(SHA256.hash(data: [UInt8]())))

  /// What a request is sent with: the headers given, and those that the signature adds.
  ///
  /// - Parameters:
  ///   - address: with its path and query encoded as S3 wants them, once.
  ///   - payload: what the body hashes to, in hexadecimal digits.
  ///   - seconds: the time now, since 1970.
  func headers(
    _ method: String, _ address: WebAddress, _ own: [(name: String, value: String)],
    payload: String, at seconds: Int64
  ) -> [(name: String, value: String)] {
    let time = Self.time(seconds)
    var headers = own + [("x-amz-date", time)]
    if let token = keys.sessionToken { headers.append(("x-amz-security-token", token)) }
    let signed = Self.canonical(headers + [("host", address.authority)])
    let names = signed.map(\.name).joined(separator: ";")
    let request = [
      method, address.path, Self.canonical(query: address.query),
      signed.map { "\($0.name):\($0.value)\n" }.joined(), names, payload,
    ].joined(separator: "\n")
    let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
    let text = [
      Self.algorithm, time, scope, Hex.text(Array(SHA256.hash(data: Array(request.utf8)))),
    ]
    let signature = Hex.text(Self.code(key(scope), text.joined(separator: "\n")))
    headers.append(
      (
        "Authorization",
        "\(Self.algorithm) Credential=\(keys.accessKey)/\(scope), SignedHeaders=\(names), "
          + "Signature=\(signature)"
      ))
    return headers
  }

  /// A key that is good for this day, region and service alone.
  private func key(_ scope: String) -> [UInt8] {
    scope.split(separator: "/").reduce(Array("AWS4\(keys.secretKey)".utf8)) { key, part in
      Self.code(key, String(part))
    }
  }

  private static func code(_ key: [UInt8], _ text: String) -> [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
  }

  /// `20150830T123600Z`.
  private static func time(_ seconds: Int64) -> String {
    let digits = ISOTime.timestamp(seconds * 1_000_000).filter(\.isNumber)
    return "\(digits.prefix(8))T\(digits.dropFirst(8).prefix(6))Z"
  }

  /// Sorted, in lowercase, without needless spaces; values of one name in one line.
  private static func canonical(
    _ headers: [(name: String, value: String)]
  ) -> [(name: String, value: String)] {
    var values: [String: [String]] = [:]
    for (name, value) in headers {
      let words = value.split(whereSeparator: \.isWhitespace)
      values[name.lowercased(), default: []].append(words.joined(separator: " "))
    }
    return values.keys.sorted().map { ($0, (values[$0] ?? []).joined(separator: ",")) }
  }

  private static func canonical(query: String?) -> String {
    let pairs = (query ?? "").split(separator: "&").map { part in
      let name = part.prefix { $0 != "=" }
      return (name: String(name), value: String(part[name.endIndex...].dropFirst()))
    }
    return pairs.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
      .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }
}
