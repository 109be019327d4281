internal import Catchment
internal import NIOCore
internal import NIOHTTP1

/// Why an S3 server did not do what was asked, as it says so.
struct S3Failure {
  let status: Int
  /// A word of S3, such as `NoSuchBucket`; empty when it gave none, as after `HEAD`.
  let code: String
  private let message: String?
  private let region: String?
  private let host: String

  init(_ answer: WebAnswer) {
    status = answer.status
    host = answer.address.host
    let body = MarkupElement(answer.body.readableBytesView)
    code = body?["Code"] ?? ""
    message = body?["Message"]
    region = body?["Region"] ?? answer.headers.first(name: "x-amz-bucket-region")
  }

  func error(of bucket: S3Bucket) -> CatchmentError {
    let place = "the bucket \(bucket.name) at \(host)"
    switch (code, status) {
    case ("SignatureDoesNotMatch", _), ("InvalidAccessKeyId", _):
      return wrong(
        "\(host) does not know this access key and secret", "check access_key and secret_key")
    case ("ExpiredToken", _), ("InvalidToken", _), ("TokenRefreshRequired", _):
      return wrong("the session token for \(host) is not, or no longer, good", "ask for a new one")
    case ("RequestTimeTooSkewed", _):
      return wrong("the clock of this machine differs from that of \(host)", "set the clock")
    case ("AuthorizationHeaderMalformed", _), ("PermanentRedirect", _), (_, 301):
      return wrong("\(place) is in another region", region.map { "set region: \($0)" })
    case (_, 401), (_, 403):
      let hint =
        bucket.account.keys == nil
        ? "give access_key and secret_key, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        : "check the keys, and what they may do"
      return wrong("\(place) is not open to this access key", hint)
    case ("NoSuchBucket", _), (_, 404):
      return CatchmentError(
        bucket.unavailable, "there is no bucket \(bucket.name) at \(host)", hint: "check its name",
        cause: cause)
    default:
      return CatchmentError(
        bucket.unavailable, "\(place) could not be used: the server answers \(status)", cause: cause
      )
    }
  }

  private func wrong(_ message: String, _ hint: String?) -> CatchmentError {
    CatchmentError(.configuration, message, hint: hint, cause: cause)
  }

  /// In the server's words, which say no secret.
  var cause: String? {
    code.isEmpty ? nil : message.map { "\(code): \($0)" } ?? code
  }
}
