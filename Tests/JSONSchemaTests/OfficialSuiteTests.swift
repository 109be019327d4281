import JSONSchema
import JSONTape
import Testing

/// Parses a text and hands out its value while the parser lives.
func withJSON<Result>(_ text: String, _ body: (JSONValue) throws -> Result) throws -> Result {
  let parser = TapeParser()
  var text = text
  return try withExtendedLifetime(parser) {
    try text.withUTF8 { try body(try parser.parse(UnsafeRawBufferPointer($0), isPadded: false)) }
  }
}

@Suite(.enabled(if: OfficialSuite.folder != nil, "the JSON-Schema-Test-Suite is not installed"))
struct `The official suite` {
  @Test func `is there in full`() {
    #expect(OfficialSuite.required.count > 300)
    #expect(OfficialSuite.required.reduce(0) { $0 + $1.cases.count } > 1_000)
  }

  @Test(arguments: OfficialSuite.required)
  func `every required test passes`(_ group: OfficialSuite.Group) throws {
    let schema = try JSONSchema(group.schema, store: SchemaStore(OfficialSuite.remotes))
    for test in group.cases {
      try withJSON(test.data) { value in
        #expect(schema.accepts(value) == test.isValid, "\(test.about): \(test.data)")
        #expect(schema.faults(in: value).isEmpty == test.isValid, "\(test.about): \(test.data)")
      }
    }
  }
}
