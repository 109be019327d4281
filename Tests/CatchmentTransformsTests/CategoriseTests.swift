import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

@Suite struct `A text's category` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  /// 300 messages to a shop about three things, in words that overlap; made by us, always the same.
  private static let messages: [(text: String, topic: String)] = {
    let openings = ["Hello,", "Good morning,", "Hi team,", "Dear shop,", "Quick question:"]
    let closings = ["thanks a lot", "please help", "kind regards", "what should I do", "urgent"]
    let bodies = [
      "delivery": [
        "my parcel has not arrived", "where is the package I ordered", "the courier left no note",
        "tracking says shipped since Monday", "the delivery went to my neighbour",
      ],
      "payment": [
        "my card was charged twice", "the invoice shows a wrong amount", "I want my refund",
        "can I pay the order by bank transfer", "the discount is missing on the bill",
      ],
      "defect": [
        "the screen arrived broken", "the battery does not charge", "the lamp does not switch on",
        "a part of the chair is missing", "the display flickers after an hour",
      ],
    ]
    return (0..<300).map { number in
      let topic = ["delivery", "payment", "defect"][number % 3]
      let body = bodies[topic]?[number / 3 % 5] ?? ""
      return ("\(openings[number / 7 % 5]) \(body), \(closings[number / 11 % 5])", topic)
    }
  }()

  private func rows(_ messages: [(text: String, topic: String?)]) throws -> Relation {
    let values = messages.enumerated().map { place, message in
      "(\(place), \(SQL.literal(message.text)), \(message.topic.map(SQL.literal) ?? "NULL"))"
    }
    return try bench.table("FROM (VALUES \(values.joined(separator: ", "))) AS v(id, text, topic)")
  }

  private func told(_ step: Categorise, _ input: Relation) throws -> [(String, String)] {
    let result = try step.apply(to: input, in: bench)
    return try bench.query("SELECT category, category_reason FROM \(result.rows.sql) ORDER BY id")
      .map { ($0[0].text ?? "", $0[1].text ?? "") }
  }

  @Test func `keeps the contract`() throws {
    try TransformContract { _ in .categorise(["text"], rules: [.init("one", contains: ["1"])]) }
      .check()
  }

  // MARK: Rules

  @Test func `is that of the first rule that fits`() throws {
    let step = Categorise.categorise(
      ["text"],
      rules: [
        .init("a", contains: ["50%"]), .init("b", keywords: ["art", "c++"]),
        .init("c", regex: "^[0-9]+$"),
      ])
    let texts = ["Now 50% off ART", "Art!", "party", "we use C++ here", "123", "it's"]
    let found = try told(step, rows(texts.map { ($0, nil) }))
    #expect(found.map(\.0) == ["a", "b", "unknown", "b", "c", "unknown"])
    #expect(found[1].1 == "rule 2: has the word \"art\"")
  }

  // MARK: Learning

  @Test func `is learnt from labelled texts, and said with the words that tell it`() throws {
    var known: [(text: String, topic: String?)] = Self.messages.map { ($0.text, $0.topic) }
    known += [
      ("Hello, the package was not delivered by the courier", nil),
      ("a wrong amount was charged to my card", nil), ("xyzzy", nil),
    ]
    let found = try told(.categorise(["text"], labels: "topic"), rows(known)).suffix(3).map(\.self)
    #expect(found.map(\.0) == ["delivery", "payment", "unknown"])
    #expect(found[0].1.hasPrefix("probable to ") && found[0].1.contains("\""), "\(found[0].1)")
    #expect(found[2].1 == "nothing is known of it")
  }

  @Test func `has an accuracy that was measured on texts held out`() throws {
    let wrong = Self.messages.enumerated().map { place, message in
      (text: message.text, topic: Optional(place % 10 == 0 ? "payment" : message.topic))
    }
    let result = try (.categorise(["text"], labels: "topic") as Categorise)
      .apply(to: rows(wrong), in: bench)
    let accuracy = try #require(result.measures.first)
    #expect(accuracy.name == "accuracy" && accuracy.count == 300)
    // A fifteenth has a wrong label, which nobody can learn.
    #expect((0.85...0.97).contains(try #require(accuracy.mean)), "\(accuracy.mean ?? 0)")
  }

  @Test func `is guessed no better than by chance where there is nothing to learn`() throws {
    let random = (0..<400).map { number in
      (text: "word\(number * 7919 % 400)", topic: Optional(["a", "b"][number * 31 % 7 % 2]))
    }
    let result = try (.categorise(["text"], labels: "topic") as Categorise)
      .apply(to: rows(random), in: bench)
    #expect(try #require(result.measures.first?.mean) < 0.75)
  }

  @Test func `is unknown when it is not probable enough`() throws {
    let known: [(text: String, topic: String?)] = Self.messages.map { ($0.text, $0.topic) }
    let step = Categorise.categorise(["text"], labels: "topic", threshold: 0.99)
    let found = try told(step, rows(known + [("the package was charged and is broken", nil)])).last
    #expect(found?.0 == "unknown" && found?.1.hasPrefix("at best ") == true)
  }

  @Test func `is the same from a model that was saved, byte for byte`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "categorise-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let labelled = try rows(Self.messages.map { ($0.text, $0.topic) })
    let files = ["a.json", "b.json"].map { "\(folder.path)/\($0)" }
    for file in files {
      _ = try told(.categorise(["text"], labels: "topic", model: file), labelled)
    }
    let bytes = try files.map { try Data(contentsOf: URL(filePath: $0)) }
    #expect(bytes[0] == bytes[1])
    let texts = try rows([("where is my parcel", nil), ("the lamp is broken", nil)])
    let found = try told(.categorise(["text"], model: files[0]), texts)
    #expect(found.map(\.0) == ["delivery", "defect"])
  }

  @Test func `is learnt from a file once a run, whatever becomes of the file`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "labelled-\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: path) }
    let lines = Self.messages.map { "\"\($0.text)\",\($0.topic)\n" }
    try Data(("text,topic\n" + lines.joined()).utf8).write(to: path)
    let step = Categorise.categorise(["text"], learningFrom: path.path, labels: "topic")
    let texts = try rows([("where is my parcel", nil), ("the lamp is broken", nil)])
    let first = try told(step, texts)
    #expect(first.map(\.0) == ["delivery", "defect"])
    try FileManager.default.removeItem(at: path)
    #expect(try told(step, texts).map(\.0) == first.map(\.0))
    let other = try Workbench()
    #expect(throws: CatchmentError.self) {
      try step.apply(to: other.table("SELECT 'x' AS text"), in: other)
    }
  }

  @Test func `needs something to go by`() {
    for step in [
      Categorise.categorise(["text"]), .categorise([], rules: [.init("a", contains: ["b"])]),
      .categorise(["text"], learningFrom: "a.csv"),
    ] {
      #expect(throws: OptionError.self) { try step.check() }
    }
    let many = (0..<150).map { (text: "word \($0)", topic: Optional("topic \($0)")) }
    #expect(throws: CatchmentError.self) {
      try told(.categorise(["text"], labels: "topic"), rows(many))
    }
    #expect(throws: CatchmentError.self) {
      try told(.categorise(["text"], model: "/nowhere/model.json"), rows([("a", nil)]))
    }
  }
}
