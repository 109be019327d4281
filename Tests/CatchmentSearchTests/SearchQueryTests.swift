import Catchment
import Testing

@testable import CatchmentSearch

@Suite struct `A question` {
  private static let all = "{title prompt response input output other}"
  /// 2026-03-02 00:00 UTC.
  private static let now: Int64 = 1_772_409_600_000_000

  private func match(_ text: String) throws -> String? {
    try SearchQuery(text, now: Self.now).match
  }

  @Test func `asks for all words, phrases and beginnings`() throws {
    #expect(
      try match("fix parse*") == #"(\#(Self.all) : ("fix")) AND (\#(Self.all) : ("parse*" *))"#)
    #expect(try match(#""no such file""#) == #"(\#(Self.all) : ("no such file"))"#)
    #expect(try match("a OR b | c") == #"(\#(Self.all) : ("a" OR "b" OR "c"))"#)
  }

  @Test func `takes filters, and the words that are none`() throws {
    #expect(
      try match("fix tool:Bash -in_it in:prompt")
        == #"(({prompt} : ("fix")) AND ({tool} : ("Bash"))) NOT ((\#(Self.all) : ("in_it")))"#)
    #expect(try match("std::vector") == #"(\#(Self.all) : ("std::vector"))"#)
    #expect(
      try match(#"platform:codex platform:"claude code""#)
        == #"({platform} : ("codex" OR "claude code"))"#)
    #expect(try match("--flag") == #"(\#(Self.all) : ("--flag"))"#)
    #expect(try match("OR fix OR") == #"(\#(Self.all) : ("fix"))"#)
  }

  @Test func `cannot leave its quotes`() throws {
    #expect(try match(#"a"b) OR (c"#)?.contains(#""a""b)""#) == true)
    #expect(try match("a\0b") == #"(\#(Self.all) : ("ab"))"#)
  }

  @Test func `knows times`() throws {
    let day: Int64 = 86_400_000_000
    #expect(try SearchQuery("since:2026-03-01", now: Self.now).times == Self.now - day..<Int64.max)
    #expect(try SearchQuery("x until:2026-03-01", now: Self.now).times == 0..<Self.now)
    #expect(try SearchQuery("since:1d", now: Self.now).times == Self.now - day..<Int64.max)
    #expect(try SearchQuery("since:12h x", now: Self.now).times?.lowerBound == Self.now - day / 2)
    #expect(
      try SearchQuery("x since:2024-02-29 until:2024-02-29", now: Self.now).times?.count == Int(day)
    )
  }

  @Test(arguments: ["", "  ", "-a", "!!", "since:soon", "since:2026-13-01", "in:beans x", "\"\""])
  func `is refused when it cannot be answered`(text: String) {
    #expect(throws: CatchmentError.self) { try SearchQuery(text, now: Self.now) }
  }
}

@Suite struct `A snippet` {
  private func marked(_ text: String, _ question: String, width: Int = 60) throws -> String {
    let query = try SearchQuery(question, now: 0)
    return Snippet(of: text, terms: query.terms, width: width).parts
      .map { $0.isHit ? "[\($0.text)]" : $0.text }.joined()
  }

  @Test func `marks words as the index finds them`() throws {
    #expect(try marked("The Parser, parsing", "parser") == "The [Parser], parsing")
    #expect(try marked("The Parser, parsing", "pars*") == "The [Parser], [parsing]")
    #expect(
      try marked("set maxTokens to max_tokens", "tokens") == "set max[Tokens] to max_[tokens]")
    #expect(try marked("maxTokens", "maxtokens") == "[maxTokens]")
    #expect(try marked("no such\n\tfile here", #""such file""#) == "no [such file] here")
    #expect(try marked("naïve", "NAIVE") == "[naïve]")
  }

  @Test func `is cut where the words are near each other`() throws {
    let filler = String(repeating: "filler ", count: 100)
    let shown = try marked("bean \(filler) bean soup \(filler)", "bean soup")
    #expect(shown.hasPrefix("…") && shown.hasSuffix("…"))
    #expect(shown.contains("[bean] [soup]"))
    #expect(shown.count < 100)
  }

  @Test func `never cuts a character`() throws {
    let text = String(repeating: "é数👩‍👩‍👧 ", count: 40)
    for width in 1...40 {
      let query = try SearchQuery("数", now: 0)
      let snippet = Snippet(of: text, terms: query.terms, width: width)
      #expect(!snippet.text.contains("\u{FFFD}"))
      #expect(snippet.parts.contains { $0.isHit })
    }
  }
}
