/// What must be at a key for a write to happen there.
enum S3Condition: Sendable, Hashable {
  case anything
  case nothing
  /// What the server calls so.
  case version(String)

  var headers: [(name: String, value: String)] {
    switch self {
    case .anything: []
    case .nothing: [("If-None-Match", "*")]
    case .version(let tag): [("If-Match", tag)]
    }
  }
}
