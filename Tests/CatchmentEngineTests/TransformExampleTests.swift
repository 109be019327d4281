import Catchment
import CatchmentCatalogue
import CatchmentEngine
import CatchmentTesting
import Foundation
import JSONSchema
import JSONTape
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

  @Test func `fit the schema that editors are given`() throws {
    let kinds = Catalogue.kinds
    let validator = try JSONSchema(Self.json(PipelineSchema(kinds).setting))
    let parser = TapeParser()
    for example in kinds.transforms.flatMap(\.examples) {
      let text = """
        {"version": 1, "name": "a", "max_rejects": "1%", "extract": {"csv": {"path": "x"}},
          "transform": \(try Self.json(example.setting)),
          "load": {"duckdb": {"path": "y", "table": "t"}}}
        """
      let fits = try Array(text.utf8).withUnsafeBytes {
        validator.accepts(try parser.parse($0, isPadded: false))
      }
      #expect(fits, "\(text)")
    }
  }

  private static func json(_ setting: Setting) throws -> String {
    let data = try JSONSerialization.data(
      withJSONObject: plain(setting), options: [.fragmentsAllowed])
    return String(decoding: data, as: UTF8.self)
  }

  private static func plain(_ setting: Setting) -> Any {
    switch setting.value {
    case .null: NSNull()
    case .flag(let flag): flag
    case .integer(let number): number
    case .number(let number): number
    case .text(let text): text
    case .list(let elements): elements.map(plain)
    case .map(let entries):
      Dictionary(uniqueKeysWithValues: entries.map { ($0.name, plain($0.setting)) })
    }
  }
}
