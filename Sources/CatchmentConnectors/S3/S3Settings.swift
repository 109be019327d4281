public import Catchment

/// Who asks an S3 server.
struct S3Keys: Sendable, Hashable {
  var accessKey: String
  var secretKey: String
  var sessionToken: String?
}

/// Where the objects of an S3-compatible server are and who asks, as a pipeline says it.
public struct S3Settings: OptionValue, Hashable {
  static let summary = """
    Of s3://bucket/key: endpoint, region, access_key, secret_key and session_token; what is not said \
    is taken from AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
    AWS_SESSION_TOKEN.
    """

  /// The server, as `https://host:port`; AWS itself without one.
  public var endpoint: String?
  public var region: String?
  public var accessKey: SecretText?
  public var secretKey: SecretText?
  public var sessionToken: SecretText?

  public init(
    endpoint: String? = nil, region: String? = nil, accessKey: String? = nil,
    secretKey: String? = nil, sessionToken: String? = nil
  ) {
    self.endpoint = endpoint
    self.region = region
    self.accessKey = accessKey.map(SecretText.init)
    self.secretKey = secretKey.map(SecretText.init)
    self.sessionToken = sessionToken.map(SecretText.init)
  }

  private static let names = ["endpoint", "region", "access_key", "secret_key", "session_token"]

  public init(_ setting: Setting) throws(OptionError) {
    let members = try setting.members(Self.names)
    func value<Value: OptionValue>(_ name: String) throws(OptionError) -> Value? {
      try members[name].map { (setting) throws(OptionError) in try Value(setting) }
    }
    endpoint = try value("endpoint")
    region = try value("region")
    accessKey = try value("access_key")
    secretKey = try value("secret_key")
    sessionToken = try value("session_token")
    guard (accessKey == nil) == (secretKey == nil) else {
      throw OptionError("needs both access_key and secret_key, or neither", at: setting.place)
    }
  }

  public var setting: Setting {
    let values = [
      endpoint?.setting, region?.setting, accessKey?.setting, secretKey?.setting,
      sessionToken?.setting,
    ]
    return Setting(
      .map(zip(Self.names, values).compactMap { name, value in value.map { .init(name, $0) } }))
  }

  public static var schema: Setting {
    .map([
      "type": "object".setting, "additionalProperties": false.setting,
      "properties": Setting(.map(names.map { .init($0, String.schema) })),
    ])
  }
}
