import Catchment
import CatchmentCatalogue
import Foundation
import Testing

/// Adding a source touches no list for users: each has a page of its own, which these tests ask for.
@Suite struct `The pages of sources` {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Documentation/sources")

  @Test(arguments: Catalogue.sources.names)
  func `say which source they are of`(name: String) throws {
    let page = Self.folder.appending(path: "\(name.replacing("_", with: "-")).md")
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(text.contains("`\(name)`"))
  }

  @Test func `are all of a source that there is`() throws {
    let pages = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    let expected = Catalogue.sources.names.map { "\($0.replacing("_", with: "-")).md" }
    #expect(pages.sorted() == expected.sorted())
  }
}
