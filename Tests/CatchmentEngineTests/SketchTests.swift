import CatchmentTesting
import DuckDB
import Testing

@testable import CatchmentEngine

@Suite struct `The signatures of conversations` {
  private func shingles(_ json: String) -> [UInt64] {
    var shingler = Shingler()
    var found: [UInt64] = []
    var json = json
    json.withUTF8 { bytes in
      shingler.forEachShingle(of: UnsafeRawBufferPointer(bytes)) { found.append($0) }
    }
    return found
  }

  private func talk(
    _ number: Int, _ shingles: some Sequence<UInt64>, to base: Sketch = Sketch(), began: Int64
  ) -> Talk {
    var sketch = base
    for shingle in shingles { sketch.add(shingle, isModel: true) }
    return Talk(
      id: UUIDBytes(high: 0, low: UInt64(number)), group: 1, parent: nil, started: began,
      ended: began, rawChecksum: "", contentHash: "", figures: nil, signature: sketch.signature)
  }

  @Test func `see words, not how they are set`() {
    let plain = shingles(#"[{"type":"text","text":"Plant the beans, then water them."}]"#)
    #expect(plain.count == 4)
    for other in [
      #"[{"type":"text","text":"Plant  the\n\tbeans then water them"}]"#,
      #"[{"text":"plant\u00a0the BEANS — then water\u2003them!","id":"x1 y2 z3 w4","tool_use_id":"a b c"}]"#,
    ] { #expect(shingles(other) == plain) }
    #expect(shingles(#"[{"text":"Plant the beans, then burn them."}]"#) != plain)
    #expect(shingles(#"[{"text":"yes"}]"#).count == 1)
    #expect(shingles(#"[{"type":"tool_use","id":"t1","name":"Bash"}]"#).isEmpty)
    #expect(shingles(#"[{"text":"豆を植える。水をやる"}]"#).count == 7, "nine characters are words")
    #expect(shingles("{broken").isEmpty)
  }

  @Test func `estimate how much two sets share`() {
    var random = SeededRandom(seed: 7)
    for size in [3, 20, 60, 400, 5_000] {
      let all = (0..<size).map { _ in random.next() }
      #expect(talk(1, all, began: 0).signature == talk(2, all.reversed(), began: 0).signature)
      let others = (0..<size).map { _ in random.next() }
      #expect(
        talk(1, all, began: 0).signature.similarity(to: talk(2, others, began: 0).signature) < 0.1)
      guard size >= 60 else { continue }
      let most = all.prefix(size * 96 / 100)
      let near = talk(1, all, began: 0).signature.similarity(to: talk(2, most, began: 0).signature)
      #expect(near >= Nearness.estimate && near < 1, "\(size) \(near)")
    }
  }

  /// Of all pairs there are 200 million.
  @Test(arguments: ["strangers", "look-alikes", "copies"])
  func `are compared with few others, however many there are`(kind: String) {
    var random = SeededRandom(seed: 11)
    var template = Sketch()
    for _ in 0..<300 where kind != "strangers" { template.add(random.next(), isModel: true) }
    let own = ["strangers": 60, "look-alikes": 40, "copies": 3][kind] ?? 0
    func talks(_ count: Int) -> [Talk] {
      (0..<count).map { number in
        talk(
          number, (0..<own).map { _ in random.next() }, to: template, began: Int64(number) * 1_000)
      }
    }
    var compared: [Int] = []
    for count in [2_000, 20_000] {
      var bands = Bands()
      let pairs = bands.pairs(among: talks(count))
      compared.append(bands.compared)
      #expect(bands.compared <= Sketch.bands * Bands.reach * count)
      #expect(kind != "strangers" || pairs.isEmpty)
      #expect(kind != "copies" || pairs.count >= count - 1)
    }
    print("\(kind): \(compared[0]) pairs of 2,000 and \(compared[1]) of 20,000 are compared")
    #expect(compared[1] <= 12 * max(compared[0], 100))
  }
}
