/// The members of a map, taken one by one, once it is known that no other is there.
struct MapReader {
  private let entries: [Setting.Entry]
  private let file: String

  /// - Parameters:
  ///   - noun: what a member is called in complaints: `option`, `key`.
  ///   - owner: whose members they are.
  ///
  /// Throws for the first member that is none of `names`, with the one that it may have meant: a
  /// misspelt name is told as such, not as the lack of what was meant.
  init(
    _ entries: [Setting.Entry], _ names: [String], _ noun: String, of owner: String,
    in file: String
  ) throws(CatchmentError) {
    self.entries = entries
    self.file = file
    guard let unknown = entries.first(where: { !names.contains($0.name) }) else { return }
    let near = Spelling.nearest(to: unknown.name, among: names)
    let all =
      names.isEmpty ? "leave it out: it has none" : "it has \(names.joined(separator: ", "))"
    throw failure(
      "\(owner) has no \(noun) \"\(unknown.name)\"", at: unknown.place,
      hint: near.map { "write \"\($0)\"" } ?? all)
  }

  /// The member of a name, when it is there.
  subscript(name: String) -> Setting? { entries.first { $0.name == name }?.setting }

  /// A complaint about this file.
  func failure(
    _ message: String, at place: Setting.Place?, hint: String? = nil
  ) -> CatchmentError {
    CatchmentError(.configuration, message, at: .init(file: file, place), hint: hint)
  }
}

extension CatchmentError.Location {
  /// A place in a configuration.
  public init(file: String, _ place: Setting.Place?) {
    self.init(file: file, line: place?.line, column: place?.column)
  }
}
