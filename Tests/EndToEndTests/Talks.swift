import Foundation

/// Talks in Claude Code's format, in which the model says something at length, and copies of them
/// under new ids.
struct Talks {
  let work: Workplace

  /// Writes a session of that number, and tells its id; `salt` makes other ids of the same words.
  ///
  /// - Parameters:
  ///   - salt: copies with another one have other ids.
  ///   - day: of March, before the tenth.
  ///   - minutes: so much later than the first.
  ///   - ending: stands at the end of the last answer.
  @discardableResult
  func write(
    _ number: Int, salt: Int = 0, day: Int = 1, minutes: Int = 0, ending: String = ""
  ) throws -> String {
    let session = Self.id(number, salt, 0)
    let lines = (0..<8).map { place in
      let isAnswer = place % 2 == 1
      let words = (0..<40).map { "w\((number * 7 + place * 41 + $0) * 2_654_435_761 % 9_973)" }
      let text = words.joined(separator: " ") + (place == 7 ? ending : "")
      let time = 36_000 + minutes * 60 + number * 600 + place * 5
      let clock = [time / 3_600, time / 60 % 60, time % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }
      let parent = place == 0 ? "null" : "\"\(Self.id(number, salt, place))\""
      let role = isAnswer ? "assistant" : "user"
      let id = isAnswer ? #","id":"msg_\#(number)_\#(salt)_\#(place)""# : ""
      return """
        {"parentUuid":\(parent),"sessionId":"\(session)","cwd":"/work","version":"2.0.1",\
        "type":"\(role)","message":{"role":"\(role)"\(id),"content":[{"type":"text",\
        "text":"\(text)"}]},"uuid":"\(Self.id(number, salt, place + 1))",\
        "timestamp":"2026-03-0\(day)T\(clock.joined(separator: ":")).000Z"}
        """
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: "\(work.transcripts)/-work-garden/\(session).jsonl"))
    return session
  }

  private static func id(_ number: Int, _ salt: Int, _ place: Int) -> String {
    "\(10_000_000 + number)-\(1_000 + salt)-4000-8000-\(100_000_000_000 + place)"
  }
}
