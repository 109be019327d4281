public import Catchment
internal import DuckDB

/// Where the columns of lines seem to begin and end, by what stands at each place of many lines.
///
/// A column ends where all lines are blank, or where letters follow digits in all.
public struct FixedWidthGuess: Sendable, Hashable {
  public struct Column: Sendable, Hashable {
    public var name: String
    /// Its first and last character, counted from 1.
    public var characters: ClosedRange<Int>
  }

  public let columns: [Column]
  /// Lines at the beginning that are no data: 1 for a line of names, else 0.
  public let skip: Int
  /// The lines that were looked at.
  public let lines: Int

  /// Longer lines are looked at up to here.
  private static let longest = 4096

  /// - Parameter lines: a relation with the columns `line` and `text`.
  public init(
    _ lines: Relation, sample: SampleSize = .standard, in bench: Workbench
  ) throws(CatchmentError) {
    let filled = try bench.table(
      "SELECT text FROM \(lines.sql) WHERE trim(text) <> '' ORDER BY line")
    let head = try bench.query("SELECT text FROM \(filled.sql) LIMIT 1").first?.first?.text ?? ""
    let body = try bench.view("SELECT text FROM \(filled.sql) OFFSET 1")
    let places = try Self.places(of: sample.chosen(from: body, in: bench), in: bench)
    let headPlaces = Places(of: head)
    let isHead = places.lines > 0 && Self.isHead(headPlaces, over: places)
    let all = isHead ? places.covering(headPlaces) : places.adding(headPlaces)
    let spans = Self.joined(all.spans, under: isHead ? headPlaces : all)
    let names = Self.names(of: spans, in: isHead ? head : "")
    columns = zip(names, spans).map { Column(name: $0, characters: $1) }
    skip = isHead ? 1 : 0
    self.lines = all.lines
  }

  private static func places(
    of rows: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Places {
    var places = Places()
    do throws(DuckDBError) {
      let texts = try bench.connection.stream("SELECT text FROM \(rows.sql)")
      while let chunk = try texts.next() {
        let column = chunk.column(0)
        for row in 0..<chunk.rowCount { places.add(column.string(at: row)) }
      }
    } catch {
      throw CatchmentError(.failed, "the lines cannot be looked at", cause: error.description)
    }
    return places
  }

  /// A first line without any digit, over a place where all others have one.
  private static func isHead(_ head: Places, over places: Places) -> Bool {
    guard !head.digits.contains(where: { $0 > 0 }) else { return false }
    return places.digits.contains { $0 == places.lines }
  }

  /// What has no name above it belongs to the column before, and so do blanks up to the next one:
  /// another line may have something there.
  private static func joined(
    _ spans: [ClosedRange<Int>], under head: Places
  ) -> [ClosedRange<Int>] {
    var columns: [ClosedRange<Int>] = []
    for span in spans {
      guard let last = columns.popLast() else {
        columns = [span]
        continue
      }
      let isNamed = span.contains { $0 <= head.filled.count && head.filled[$0 - 1] > 0 }
      columns.append(last.lowerBound...(isNamed ? span.lowerBound - 1 : span.upperBound))
      if isNamed { columns.append(span) }
    }
    return columns
  }

  /// Those of the first line, else `column_1`; none twice.
  private static func names(of spans: [ClosedRange<Int>], in head: String) -> [String] {
    let characters = Array(head)
    var taken: Set<String> = []
    return spans.enumerated().map { place, span in
      let cell = characters.dropFirst(span.lowerBound - 1).prefix(span.count)
      let written = String(cell.filter { $0 != " " })
      var name = written.isEmpty ? "column_\(place + 1)" : written
      while !taken.insert(name.lowercased()).inserted { name += "_\(place + 1)" }
      return name
    }
  }

  /// How many lines have something, a digit and a letter at each place.
  private struct Places {
    private(set) var lines = 0
    private(set) var filled: [Int] = []
    private(set) var digits: [Int] = []
    private(set) var letters: [Int] = []

    init() {}

    init(of line: String) { if !line.isEmpty { add(line) } }

    mutating func add(_ line: String) {
      lines += 1
      for (place, character) in line.prefix(FixedWidthGuess.longest).enumerated() {
        if place == filled.count {
          filled.append(0)
          digits.append(0)
          letters.append(0)
        }
        if character != " ", character != "\t" { filled[place] += 1 }
        if character.isNumber { digits[place] += 1 }
        if character.isLetter { letters[place] += 1 }
      }
    }

    /// The same places, filled where a line of names is, too.
    func covering(_ names: Places) -> Places {
      var covered = adding(names)
      covered.lines = lines
      for place in digits.indices {
        (covered.digits[place], covered.letters[place]) = (digits[place], letters[place])
      }
      return covered
    }

    func adding(_ other: Places) -> Places {
      var sum = self
      let missing = max(0, other.filled.count - filled.count)
      sum.filled += Array(repeating: 0, count: missing)
      sum.digits += Array(repeating: 0, count: missing)
      sum.letters += Array(repeating: 0, count: missing)
      sum.lines += other.lines
      for place in other.filled.indices {
        sum.filled[place] += other.filled[place]
        sum.digits[place] += other.digits[place]
        sum.letters[place] += other.letters[place]
      }
      return sum
    }

    /// From the first place that is filled after a break to the place before the next break.
    var spans: [ClosedRange<Int>] {
      var spans: [ClosedRange<Int>] = []
      var start: Int?
      for place in filled.indices {
        if let begun = start, filled[place] == 0 || isTurn(at: place) {
          spans.append(begun + 1...place)
          start = nil
        }
        if start == nil, filled[place] > 0 { start = place }
      }
      if let start { spans.append(start + 1...filled.count) }
      return spans
    }

    /// Digits after letters are rather a code, such as X7.
    private func isTurn(at place: Int) -> Bool {
      digits[place - 1] == lines && letters[place] == lines
    }
  }
}
