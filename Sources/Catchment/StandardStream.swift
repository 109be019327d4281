internal import FoundationEssentials

/// Standard input in the place of a source's file, and standard output in that of a destination's.
public enum StandardStream {
  /// What stands for either where a path is expected.
  public static let word = "-"
  /// What standard input is called, as a unit.
  static let input = "/dev/stdin"
}

extension Unit {
  /// Standard input as a unit: one of one name, with other contents each time.
  public static func standardInput(of source: String) -> Unit {
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000) * 1_000
    return Unit(
      source: source, path: StandardStream.input, fingerprint: .init(size: 0, modified: now))
  }

  /// Whether its bytes can be read only once.
  public var isStandardInput: Bool { path == StandardStream.input }
}
