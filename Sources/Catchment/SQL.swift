/// Pieces of SQL text: the one place where names and values are quoted.
public enum SQL {
  /// A text literal.
  public static func literal(_ text: String) -> String { quoted(text, with: "'") }

  /// A name of anything, whatever is in it: quotes, spaces, a reserved word.
  public static func identifier(_ name: String) -> String { quoted(name, with: "\"") }

  /// Names one after another, for a list of columns.
  public static func identifiers(_ names: [String]) -> String {
    names.map(identifier).joined(separator: ", ")
  }

  private static func quoted(_ text: String, with quote: Character) -> String {
    let parts = text.split(separator: quote, omittingEmptySubsequences: false)
    return "\(quote)\(parts.joined(separator: "\(quote)\(quote)"))\(quote)"
  }
}
