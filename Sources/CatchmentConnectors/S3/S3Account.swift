internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// An S3-compatible server and who asks it, with what the environment says filled in.
struct S3Account: Sendable {
  /// Nil for AWS itself.
  let endpoint: WebAddress?
  let region: String
  /// Nil for one who does not say who he is, as public buckets allow.
  let keys: S3Keys?

  init(_ settings: S3Settings, environment: (String) -> String? = Self.environment)
    throws(CatchmentError)
  {
    region =
      settings.region ?? environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION")
      ?? "us-east-1"
    let place =
      settings.endpoint ?? environment("AWS_ENDPOINT_URL_S3") ?? environment("AWS_ENDPOINT_URL")
    endpoint = try place.map { (text) throws(CatchmentError) in try Self.endpoint(text) }
    if let access = settings.accessKey, let secret = settings.secretKey {
      keys = S3Keys(
        accessKey: access.text, secretKey: secret.text, sessionToken: settings.sessionToken?.text)
    } else if let access = environment("AWS_ACCESS_KEY_ID"),
      let secret = environment("AWS_SECRET_ACCESS_KEY")
    {
      keys = S3Keys(
        accessKey: access, secretKey: secret, sessionToken: environment("AWS_SESSION_TOKEN"))
    } else {
      keys = nil
    }
  }

  private static func endpoint(_ text: String) throws(CatchmentError) -> WebAddress {
    do throws(CatchmentError) {
      let address = try WebAddress(text)
      if address.path == "/", address.query == nil { return address }
    } catch {}
    throw CatchmentError(
      .configuration, "the endpoint of S3 is no address of a server",
      hint: "write it as https://host or http://host:port")
  }

  @Sendable private static func environment(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }

  // MARK: Addresses

  /// Where an object is, or with an empty key its bucket.
  ///
  /// The bucket is in the host's name at AWS alone: other servers, and its certificates for names with
  /// dots, want it in the path.
  func address(
    _ bucket: String, _ key: String = "", query: [(name: String, value: String)] = []
  ) throws(CatchmentError) -> WebAddress {
    let parameters = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
    let path = Self.encoded(key, keeping: UInt8(ascii: "/"))
    let end = "\(path)\(parameters.isEmpty ? "" : "?")\(parameters.joined(separator: "&"))"
    if let endpoint {
      return try WebAddress("\(endpoint.scheme.rawValue)://\(endpoint.authority)/\(bucket)/\(end)")
    }
    return try WebAddress(
      bucket.contains(".")
        ? "https://s3.\(region).amazonaws.com/\(bucket)/\(end)"
        : "https://\(bucket).s3.\(region).amazonaws.com/\(end)")
  }

  /// All but letters, digits and `-._~` as `%20`, in uppercase.
  static func encoded(_ text: String, keeping kept: UInt8? = nil) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(byte)
      case kept: bytes.append(byte)
      default: bytes += Array("%\(Hex.text([byte]).uppercased())".utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The headers of a request that says who asks, if anyone does.
  func signed(
    _ method: String, _ address: WebAddress, _ own: [(name: String, value: String)] = [],
    payload: String = RequestSignature.noPayload
  ) -> [(name: String, value: String)] {
    guard let keys else { return own }
    return RequestSignature(keys: keys, region: region).headers(
      method, address, own + [("x-amz-content-sha256", payload)], payload: payload,
      at: Int64(time(nil)))
  }
}
