import Foundation
import Testing

/// An export that is much larger than what the tables' work on it may hold.
@Suite struct `An export of 60 MB` {
  /// What 128 MiB of `--memory` come to at most, the program itself among them.
  private static let limit = 340 << 20

  /// So many conversations of 60 kB, in ChatGPT's format; from the later ones more was said.
  private static func write(_ numbers: Range<Int>, newerFrom first: Int, to path: String) throws {
    try Data("[".utf8).write(to: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seekToEnd()
    for number in numbers {
      let talk = conversation(number, isNewer: number >= first)
      try file.write(contentsOf: Data((number == numbers.lowerBound ? talk : ",\(talk)").utf8))
    }
    try file.write(contentsOf: Data("]".utf8))
    try file.close()
  }

  private static func conversation(_ number: Int, isNewer: Bool) -> String {
    let count = isNewer ? 31 : 30
    let nodes = (0..<count).map { place in
      let words = (0..<330).map { String((number * 31 + place) * 7_919 * ($0 + 3) % 99_991) }
      return
        #""n\#(place)":{"id":"n\#(place)","parent":"\#(place == 0 ? "root" : "n\(place - 1)")","#
        + #""children":[],"message":{"id":"c\#(number)n\#(place)","create_time":\#(1_772_400_000 + place),"#
        + #""author":{"role":"\#(place % 2 == 0 ? "user" : "assistant")"},"#
        + #""content":{"content_type":"text","parts":["\#(words.joined(separator: " "))"]},"weight":1.0}}"#
    }
    return #"{"id":"c\#(number)","title":"Talk \#(number)","create_time":1772400000,"#
      + #""update_time":\#(1_772_400_100 + count),"mapping":{"#
      + #""root":{"id":"root","parent":null,"children":[],"message":null},"#
      + nodes.joined(separator: ",") + #"},"current_node":"n\#(count - 1)"}"#
  }

  private func expectBounded(_ arguments: String...) throws {
    let (status, peak) = try Program.peakMemory(arguments + ["--memory", "128MiB"])
    #expect(status == 0, "\(arguments)")
    if let peak { #expect(peak <= Self.limit, "\(arguments) held \(peak >> 20) MiB") }
  }

  @Test func `is imported, overlapped by the next and made anew in little memory`() throws {
    let work = try Workplace()
    let (old, new) = ("\(work.path)/old.json", "\(work.path)/new.json")
    try Self.write(0..<1_000, newerFrom: .max, to: old)
    try Self.write(300..<1_000, newerFrom: 600, to: new)
    try expectBounded("import", "--home", work.home, old)
    try expectBounded("import", "--home", work.home, new)
    let counted = try work.run("sql", "--format", "csv", "SELECT count(*) AS n FROM messages")
    #expect(counted.output == "n\n30400\n")
    let before = try TableSums.of(work.home)
    try expectBounded("rebuild", "--home", work.home)
    let after = try TableSums.of(work.home)
    #expect(after.filter { $0.key != "catchment.units" && before[$0.key] != $0.value } == [:])
    try expectBounded("rollback", "last", "--home", work.home)
    #expect(
      try work.run("sql", "--format", "csv", "SELECT count(*) AS n FROM messages").output
        == "n\n0\n")
  }
}
