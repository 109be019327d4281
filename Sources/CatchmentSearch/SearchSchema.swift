internal import GRDB

/// The index's tables.
///
/// The words have no text beside them: that is in the warehouse. So a document cannot be taken out of
/// them either: it is retired, which leaves its number in the words and hides it.
enum SearchSchema {
  /// Another version is made anew.
  static let version = 1

  /// What text is searched in, by where it stands.
  static let texts = ["title", "prompt", "response", "input", "output", "other"]
  /// What documents are picked by.
  static let facets = ["platform", "project", "tool", "role", "model"]

  static func create(_ database: GRDB.Database) throws {
    let columns = (texts + facets).joined(separator: ", ")
    try database.execute(
      sql: """
        CREATE TABLE state (mark TEXT NOT NULL);
        CREATE TABLE conversations (
          number INTEGER PRIMARY KEY, high INTEGER NOT NULL, low INTEGER NOT NULL,
          print INTEGER, UNIQUE (high, low));
        CREATE TABLE documents (
          id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, kind INTEGER NOT NULL,
          high INTEGER NOT NULL, low INTEGER NOT NULL, print INTEGER NOT NULL, time INTEGER,
          place INTEGER NOT NULL);
        CREATE INDEX documents_of ON documents (conversation);
        CREATE VIRTUAL TABLE words USING fts5(
          \(columns), content='', columnsize=0, tokenize='\(WordTokenizer.name)');
        INSERT INTO words (words, rank) VALUES ('hashsize', \(32 << 20));
        PRAGMA user_version = \(version);
        """)
  }
}

/// Numbers of documents: by the hour, so that the newest have the highest and are found first.
enum DocumentNumber {
  /// What there is room for within an hour.
  private static let bits: Int64 = 24
  private static let hour: Int64 = 3_600_000_000

  /// The numbers of the hour that `time` (microseconds since 1970) lies in; those without one come
  /// first.
  static func numbers(at time: Int64?) -> ClosedRange<Int64> {
    let first = hourNumber(time) << bits
    return first...first + (1 << bits) - 1
  }

  /// The numbers whose times may lie in a range.
  static func numbers(within times: Range<Int64>?) -> ClosedRange<Int64> {
    guard let times else { return 0...Int64.max }
    return hourNumber(times.lowerBound) << bits...numbers(at: times.upperBound - 1).upperBound
  }

  static func hourNumber(of number: Int64) -> Int64 { number >> bits }

  private static func hourNumber(_ time: Int64?) -> Int64 {
    guard let time, time > 0 else { return 0 }
    return min(time / hour, 1 << 30) + 1
  }
}
