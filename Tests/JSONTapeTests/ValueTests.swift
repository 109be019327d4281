import Testing

@testable import JSONTape

@Suite struct `A value` {
  @Test func `is found by its key`() throws {
    let text = #" {"a": {"b": [1, {"c": "x"}, []], "d": null}, "é\n": 2, "a": 3, "": {} } "#
    try withJSON(text) { document in
      #expect(document.kind == .object)
      #expect(document.count == 4)
      #expect(document["a"]?["b"]?.count == 3)
      #expect(document["a"]?["d"]?.isNull == true)
      #expect(document["é\n"]?.int64 == 2)
      #expect(document.member("é\n")?.int64 == 2)
      #expect(document[""]?.count == 0)
      #expect(document["z"] == nil)
      #expect(document["a"]?["b"]?["c"] == nil)
      let keys = document.members.map { String($0.key) }
      #expect(keys == ["a", "é\n", "a", ""])
    }
  }

  @Test func `of another kind has no members and no elements`() throws {
    try withJSON(#"[1, "a", {}, [], null]"#) { array in
      for value in array.elements {
        #expect(value.members.first { _ in true } == nil)
        #expect(value.elements.first { _ in true } == nil)
        #expect(value.count == 0)
      }
      #expect(array.members.first { _ in true } == nil)
    }
  }

  @Test func `may be left early by throwing`() throws {
    struct Enough: Error {}
    var seen = 0
    try withJSON("[1, 2, 3]") { array -> Void in
      #expect(throws: Enough.self) {
        try array.forEachElement { _ in
          seen += 1
          if seen == 2 { throw Enough() }
        }
      }
    }
    #expect(seen == 2)
  }

  @Test(arguments: [
    "«1»", " «1.50» ", "\t«\"a \\\" b\"»\r\n", " «{ }» ", " «[ [ ] , { \"a\" : \"]\" } ]»\n",
    "[1, «[ 2 , \"}\" ]» , 3]", "{\"a\" :«1e999» \n}", "[ «null» ]", "[«\"x\"»  ,1]",
    "[«18446744073709551616» , [] ]", "[{\"\":0},«{\"\":[[],[{}]]}»]",
  ])
  func `knows where it is written`(marked: String) throws {
    let text = marked.filter { $0 != "«" && $0 != "»" }
    let parts = marked.split(separator: "«", omittingEmptySubsequences: false)
    let start = parts[0].utf8.count
    let length = parts[1].prefix { $0 != "»" }.utf8.count
    try withJSON(text) { document in
      var ranges: [Range<Int>] = []
      document.forEachValue { ranges.append($0.source) }
      #expect(ranges.contains(start..<start + length))
    }
  }

  @Test func `counts further than the tape does`() throws {
    let count = 0xFF_FFFF + 2
    let text = "[" + String(repeating: "1,", count: count - 1) + "1]"
    try withJSON(text) { #expect($0.count == count) }
  }

  @Test func `is parsed with and without padding`() throws {
    let parser = TapeParser()
    for padding in [0, TapeParser.padding] {
      let bytes = Array(#"{"a":[1,2.5,"x"]}"#.utf8) + [UInt8](repeating: 0x31, count: padding)
      try bytes.withUnsafeBytes { all in
        let document = UnsafeRawBufferPointer(rebasing: all[..<(all.count - padding)])
        let value = try parser.parse(document, isPadded: padding > 0)
        #expect(value["a"]?.source == 5..<16)
        #expect(value["a"]?.count == 3)
      }
    }
  }
}

@Suite(.enabled(if: Samples.has("claude_code"), "no samples: set CATCHMENT_SAMPLES"))
struct `A line of a real log` {
  @Test func `has values that read the same from their source`() throws {
    let other = TapeParser()
    var checked = 0
    for line in Samples.lines where line.count < 50_000 {
      guard fault(of: line) == nil else { continue }
      try withJSON(line) { document -> Void in
        try document.forEachValue { value in
          let again = try other.parse(value.sourceText.bytes, isPadded: false)
          #expect(again.isSame(as: value))
          checked += 1
        }
      }
    }
    #expect(checked > 5_000)
  }

  @Test func `gives the careful reader the same tape as simdjson`() throws {
    var buffers = TapeBuffers()
    var compared = 0
    for line in Samples.lines where fault(of: line) == nil {
      try withJSON(line) { value in
        let fast = value.tape.pointee
        let slow = try buffers.read(fast.bytes, line.count, 1_024)
        #expect(slow.isSame(as: fast, documentLength: line.count))
        compared += 1
      }
    }
    #expect(compared > 2_000)
  }
}

extension Tape {
  /// Whether words, strings and structurals are the same, bit for bit.
  fileprivate func isSame(as other: Tape, documentLength: Int) -> Bool {
    let count = Int(end(ofContainerAt: 0))
    guard count == Int(other.end(ofContainerAt: 0)) else { return false }
    for index in 0..<count where words[index] != other.words[index] { return false }
    for index in 0... {
      if structurals[index] != other.structurals[index] { return false }
      if Int(structurals[index]) == documentLength { break }
    }
    // Numbers' bits may look like a string, so only strings are followed.
    var index: UInt32 = 1
    while index < UInt32(count) - 1 {
      let kind = mark(at: index)
      if kind == Mark.string, text(at: index) != other.text(at: index) { return false }
      let isNumber = kind == Mark.integer || kind == Mark.unsignedInteger || kind == Mark.double
      index += isNumber ? 2 : 1
    }
    return true
  }
}
