internal import Catchment
internal import Foundation

/// Where secrets are: an environment variable or a file that only its owner reads.
///
/// A secret called `warehouse-password` is `$CATCHMENT_SECRET_WAREHOUSE_PASSWORD`, or what is in
/// `<home>/secrets/warehouse-password`.
public struct Secrets: Sendable {
  private let environment: [String: String]
  private let directory: String

  public init(environment: [String: String], home: Home) {
    self.environment = environment
    directory = "\(home.path)/secrets"
  }

  func value(
    of name: String, _ failure: (String, String?) -> CatchmentError
  ) throws(CatchmentError) -> String {
    let isName = name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        || Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
    }
    guard isName, !name.isEmpty else {
      throw failure(
        "\"\(name)\" is no name of a secret", "use letters, digits, hyphens and underscores")
    }
    let variable = "CATCHMENT_SECRET_\(name.uppercased().replacing("-", with: "_"))"
    if let value = environment[variable] { return value }
    return try read("\(directory)/\(name)", name, variable, failure)
  }

  /// Whoever can read the file has the secret, so nobody else may.
  private func read(
    _ path: String, _ name: String, _ variable: String,
    _ failure: (String, String?) -> CatchmentError
  ) throws(CatchmentError) -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw failure(
        "the secret \"\(name)\" is not known", "set \(variable), or put it into \(path)")
    }
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
      guard mode & 0o077 == 0 else {
        throw failure("others can read \(path)", "run chmod 600 \(path)")
      }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw failure("the secret \"\(name)\" cannot be read: \(error)", nil)
    }
  }
}
