import ArgumentParser
import Catchment
import CatchmentEngine
import CatchmentSearch
import DuckDB
import Foundation

struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find words in everything that was said, called and printed.",
    discussion: """
      All words must be in one message, or in one tool call with its output. Case and accents do
      not count, and an identifier is found by its parts: `token` finds max_tokens, parseTokens and
      src/token.c. The newest hits come first.

        "no such file"     these words side by side
        parse*             words that begin so
        cat OR dog         either
        -test              not this one; put the question in quotes
        platform:codex     also project: tool: role: model:, by words of the name
        since:7d until:2026-03-01
        in:prompt          also title, response, input, output, other

      The words lie in search.sqlite in the home, which the first search makes and later ones keep
      in step with the warehouse. It can be deleted at any time.

      Examples:
        catchment search parser
        catchment search '"no such file" tool:Bash since:7d'
        catchment search 'migration -test project:garden in:prompt' --json
      """)

  @Argument(help: "What to look for.")
  var words: [String]

  @Option(help: "Show so many hits at most.")
  var limit = 10

  @Option(help: "Show so many hits of one conversation at most.")
  var each = 3

  @Flag(help: "Look in conversations too that are set aside as copies of another.")
  var copies = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit is \(limit); it must be 1 or more.") }
    if each < 1 { throw ValidationError("--each is \(each); it must be 1 or more.") }
  }

  func run() async throws {
    let now = Int64(Date().timeIntervalSince1970 * 1e6)
    let query = try SearchQuery(words.joined(separator: " "), now: now)
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let hits = try find(query, reader)
    let width = json.isOn ? 300 : max(Terminal.width, 60) * 2 - 8
    let warehouse = reader.warehouse
    let hitReader = HitReader(query, width: width, readers: options.threadCount) {
      () throws(CatchmentError) in try warehouse.connect()
    }
    let results = try await hitReader.read(Array(hits.prefix(limit)))
    SearchPage(options).print(results, isMore: hits.count > limit, json)
  }

  /// One hit more than is shown, to tell that there is one.
  private func find(
    _ query: SearchQuery, _ reader: WarehouseReader
  ) throws(CatchmentError) -> [SearchHit] {
    do throws(CatchmentError) {
      return try findOnce(query, reader)
    } catch  where error.code == .damaged {
      try SearchIndex.remove(options.home.search)
      options.tell(["the search index was damaged; it is made anew"])
      return try findOnce(query, reader)
    }
  }

  private func findOnce(
    _ query: SearchQuery, _ reader: WarehouseReader
  ) throws(CatchmentError) -> [SearchHit] {
    let index = try SearchIndex(path: options.home.search)
    let state = try WarehouseState(path: options.home.warehouse)
    if try !index.agrees(with: state) {
      var line = IndexLine(isOn: !options.quiet && Terminal.Stream.error.isTerminal)
      try index.bringUpToDate(with: reader.connection, at: state) { line.show($0) }
      line.clear()
    }
    let setAside = copies ? [] : try Self.setAside(reader)
    let hits = try index.find(query, limit: limit + 1, each: each, leavingOut: setAside)
    try index.close()
    return hits
  }

  /// What such a one says is found in the conversation that is kept.
  private static func setAside(_ reader: WarehouseReader) throws(CatchmentError) -> Set<UUIDBytes> {
    let rows = try reader.rows(
      "SELECT duplicate_id FROM conversation_duplicates WHERE is_set_aside")
    return Set(rows.compactMap(\.[0].uuid))
  }
}
