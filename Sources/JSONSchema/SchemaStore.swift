/// The schema documents that a reference may lead to, by their URI without a fragment.
///
/// The meta-schemas of draft 2020-12 are always there. Nothing is ever fetched.
public struct SchemaStore: Sendable {
  private let documents: [String: String]

  /// A store of these documents, JSON, by URI.
  public init(_ documents: [String: String] = [:]) { self.documents = documents }

  func text(_ uri: String) -> String? { documents[uri] ?? StandardSchemas.texts[uri] }
}
