import Catchment
import CatchmentCatalogue
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

@Suite struct `The examples of transforms` {
  @Test(arguments: Catalogue.kinds.transforms.map(\.name))
  func `give the rows that they show`(name: String) throws {
    let kind = try #require(Catalogue.kinds.transforms.first { $0.name == name })
    try ExampleCheck(kind).run()
  }

  @Test func `are what the documentation shows`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "Documentation/transforms.md"), encoding: .utf8)
    let made = try TransformGuide(Catalogue.kinds.transforms).markdown()
    #expect(
      page == made,
      "run: ./catchment describe --markdown > Documentation/transforms.md")
  }
}
