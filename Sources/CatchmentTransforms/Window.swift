public import Catchment
internal import DuckDB

/// Draws rows together by spans of time: of fixed length, overlapping, or between pauses.
///
/// ```swift
/// .transform(.window("at", .tumbling("1 hour"), by: ["user"], ["clicks": .count]))
/// .transform(.window("at", .session(gap: "30 minutes"), by: ["user"], ["clicks": .count]))
/// ```
public struct Window: Transform, Configurable {
  /// What becomes of a row that comes too late.
  public enum Late: String, OptionWord, Hashable {
    case reject, drop
  }

  public static let kind = "window"
  public static let summary =
    "Draws rows together by spans of time: tumbling, sliding or session windows."
  public static var options: [StepOption<Window>] {
    [
      .required("time", \.time, "The column that says when a row happened."),
      .required("columns", \.columns, Aggregation.summary),
      .optional("size", \.size, "How long a window is, such as 1 hour."),
      .optional(
        "every", \.every,
        "How far apart windows begin; less than size, and they overlap. As size, when not said."),
      .optional("gap", \.gap, "A pause that ends a session; instead of size."),
      .optional("by", \.groups, "The columns whose values have windows of their own."),
      .optional(
        "lateness", \.lateness,
        """
        How far the newest time that came before a row may be past the end of its window; without it no \
        row is late.
        """),
      .optional(
        "late", \.late,
        "What becomes of a late row: reject makes a dead letter of it, drop leaves it out."),
    ]
  }

  var time = ""
  var columns = NamedValues<Aggregation>()
  var size = ""
  var every = ""
  var gap = ""
  var groups: [String] = []
  var lateness = ""
  var late = Late.reject

  public init() {}

  public func check() throws(OptionError) {
    guard size.isEmpty != gap.isEmpty else {
      throw OptionError("needs either the size of windows, such as 1 hour, or the gap of sessions")
    }
    if !gap.isEmpty, !every.isEmpty { throw OptionError("has an every, which sessions do not use") }
  }

  /// Adds the columns `window_start` and `window_end`; the end is no part of a window.
  ///
  /// Rows without a time become dead letters. Throws `configuration` when a span of time is none.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let time = try input.column(named: self.time, for: name)
    guard time.type.isTemporal else {
      throw CatchmentError(
        .configuration, "\(name): the column \(time.name) is \(time.type) and no time",
        hint: "cast it to TIMESTAMP in a step before")
    }
    let spans = try Spans(self, in: bench)
    let columns = try Aggregations(self.columns, [], step: name)
    // Only what is held has an order.
    let isOrdered = columns.isOrdered || !gap.isEmpty
    let source = try isOrdered || spans.lateness != nil ? bench.hold(input) : input
    let timed = try timely(source, time, spans, in: bench)
    let passing = try isOrdered ? bench.hold(timed.rows) : timed.rows
    let rows = try drawn(passing, time, spans, columns, in: bench)
    var counts = timed.counts
    let (before, after) = (counts.passed, try bench.count(rows))
    counts.filtered += max(before - after, 0)
    counts.made += max(after - before, 0)
    counts.passed = after
    return Transformed(rows, counts: counts, rejects: timed.rejects)
  }

  // MARK: Lateness

  /// The rows that have a time and are not late, in the order in which they came.
  private func timely(
    _ held: Relation, _ time: Relation.Column, _ spans: Spans, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let name = SQL.identifier(time.name)
    let missing = Rejects.Rule(
      "\(name) IS NULL", code: "no_time", column: time.name, "is no time")
    guard let lateness = spans.lateness else {
      return try Transformed(each: held, as: held.columnList, refusing: [missing], in: bench)
    }
    let isLate = "\(spans.lastEnd(Self.instant(time))) + \(lateness) <= _newest"
    let marked = try bench.table(
      """
      SELECT *, max(\(name)) OVER (
        ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS _newest
      FROM \(held.sql) ORDER BY rowid
      """)
    let rule = Rejects.Rule(isLate, code: "late", column: time.name, "came too late for its window")
    guard late == .drop else {
      return try Transformed(
        each: marked, as: held.columnList, refusing: [missing, rule], recording: held, in: bench)
    }
    var timed = try Transformed(
      each: marked, as: "*", refusing: [missing], recording: held, in: bench)
    let kept = try bench.view(
      "SELECT \(held.columnList) FROM \(timed.rows.sql) WHERE NOT coalesce(\(isLate), false)")
    let passed = try bench.count(kept)
    timed.counts.filtered = timed.counts.passed - passed
    timed.counts.passed = passed
    timed.rows = kept
    return timed
  }

  // MARK: Windows

  private func drawn(
    _ input: Relation, _ time: Relation.Column, _ spans: Spans, _ columns: Aggregations,
    in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let by = try groups.isEmpty ? [] : input.columns(named: groups, for: name)
    let own = ["window_start", "window_end"]
    try Rename.refuseDuplicates(in: own + by.map(\.name) + columns.names, of: name)
    let inner = ["_place", "_begins", "_session", "_newest"]
    try Rename.refuseDuplicates(in: own + inner + input.columns.map(\.name), of: name)
    let query = spans.placed(
      input, Self.instant(time), by.map { SQL.identifier($0.name) }, isOrdered: columns.isOrdered)
    let placed = try columns.isOrdered ? bench.table(query) : bench.view(query)
    let keys = SQL.identifiers(own + by.map(\.name))
    let list = [keys] + (try columns.sql(over: placed))
    return try bench.table(
      """
      SELECT \(list.joined(separator: ", ")) FROM \(placed.sql) AS input
      GROUP BY \(keys) ORDER BY \(keys)
      """)
  }

  /// Days and other units of time as the engine calculates with them.
  private static func instant(_ column: Relation.Column) -> String {
    let name = SQL.identifier(column.name)
    return column.type == .timestamp || column.type == .timestampTZ ? name : "\(name)::TIMESTAMP"
  }

  /// Spans of time as SQL.
  private struct Spans {
    let lateness: String?
    private let size: String
    private let every: String
    private let gap: String

    init(_ window: Window, in bench: Workbench) throws(CatchmentError) {
      func span(_ text: String) throws(CatchmentError) -> String {
        let sql = "CAST(\(SQL.literal(text)) AS INTERVAL)"
        let isPositive = "TRY_CAST(\(SQL.literal(text)) AS INTERVAL) > INTERVAL 0 SECONDS"
        let isZero = text == window.lateness && text.hasPrefix("0")
        let answer = try bench.query("SELECT \(isPositive)")
        guard isZero || answer == [[.boolean(true)]] else {
          throw CatchmentError(
            .configuration, "window: \"\(text)\" is no span of time",
            hint: "write it as 1 hour or 30 minutes")
        }
        return sql
      }
      size = try window.size.isEmpty ? "" : span(window.size)
      every = try window.every.isEmpty ? size : span(window.every)
      gap = try window.gap.isEmpty ? "" : span(window.gap)
      lateness = try window.lateness.isEmpty ? nil : span(window.lateness)
    }

    /// The end of the last window that a time lies in.
    func lastEnd(_ time: String) -> String {
      gap.isEmpty ? "time_bucket(\(every), \(time)) + \(size)" : "\(time) + \(gap)"
    }

    /// A query that gives each row once for each window that it lies in.
    func placed(
      _ input: Relation, _ time: String, _ by: [String], isOrdered: Bool
    ) -> String {
      let place = isOrdered ? "rowid" : "0"
      let rows = gap.isEmpty ? fixed(input, time, place) : sessions(input, time, by)
      return "SELECT * EXCLUDE (_place) FROM (\(rows))\(isOrdered ? " ORDER BY _place" : "")"
    }

    private func fixed(_ input: Relation, _ time: String, _ place: String) -> String {
      guard size != every else {
        let start = "time_bucket(\(every), \(time))"
        return """
          SELECT \(start) AS window_start, \(start) + \(size) AS window_end,
            \(place) AS _place, * FROM \(input.sql)
          """
      }
      let starts =
        "generate_series(time_bucket(\(every), \(time) - \(size) + \(every)), \(time), \(every))"
      return """
        SELECT window_start, window_start + \(size) AS window_end, * EXCLUDE (window_start) FROM (
          SELECT unnest(list_filter(\(starts), lambda start: start + \(size) > \(time)))
            AS window_start, \(place) AS _place, *
          FROM \(input.sql))
        """
    }

    private func sessions(_ input: Relation, _ time: String, _ by: [String]) -> String {
      let partition = by.isEmpty ? "" : "PARTITION BY \(by.joined(separator: ", "))"
      let session = (by + ["_session"]).joined(separator: ", ")
      return """
        SELECT min(\(time)) OVER (PARTITION BY \(session)) AS window_start,
          max(\(time)) OVER (PARTITION BY \(session)) + \(gap) AS window_end,
          * EXCLUDE (_begins, _session)
        FROM (
          SELECT *, sum(coalesce(_begins, true)::INTEGER) OVER (\(partition) ORDER BY \(time), _place) AS _session
          FROM (
            SELECT *, rowid AS _place, (\(time) - lag(\(time)) OVER (
              \(partition) ORDER BY \(time), rowid) >= \(gap)) AS _begins
            FROM \(input.sql)))
        """
    }
  }
}

extension Window {
  public static var examples: [StepExample] {
    let clicks: ExampleTable = """
      user | at: TIMESTAMP
      Ada  | 2026-01-01 10:05:00
      Ada  | 2026-01-01 10:40:00
      Bob  | 2026-01-01 10:50:00
      Ada  | 2026-01-01 11:10:00
      """
    return [
      StepExample(
        "Clicks by the hour.", .window("at", .tumbling("1 hour"), ["clicks": .count]),
        input: clicks,
        output: """
          window_start: TIMESTAMP | window_end: TIMESTAMP | clicks
          2026-01-01 10:00:00     | 2026-01-01 11:00:00   | 3
          2026-01-01 11:00:00     | 2026-01-01 12:00:00   | 1
          """),
      StepExample(
        "The last hour, every half hour.",
        .window("at", .sliding("1 hour", every: "30 minutes"), ["clicks": .count]), input: clicks,
        output: """
          window_start        | window_end          | clicks
          2026-01-01 09:30:00 | 2026-01-01 10:30:00 | 1
          2026-01-01 10:00:00 | 2026-01-01 11:00:00 | 3
          2026-01-01 10:30:00 | 2026-01-01 11:30:00 | 3
          2026-01-01 11:00:00 | 2026-01-01 12:00:00 | 1
          """),
      StepExample(
        "Sessions end with a pause of 31 minutes.",
        .window("at", .session(gap: "31 minutes"), by: ["user"], ["clicks": .count]),
        input: clicks,
        output: """
          window_start        | window_end          | user | clicks
          2026-01-01 10:05:00 | 2026-01-01 10:36:00 | Ada  | 1
          2026-01-01 10:40:00 | 2026-01-01 11:41:00 | Ada  | 2
          2026-01-01 10:50:00 | 2026-01-01 11:21:00 | Bob  | 1
          """),
      StepExample(
        "A row that comes when its window has long been over is refused.",
        .window("at", .tumbling("1 hour"), ["clicks": .count], lateness: "15 minutes"),
        input: """
          at: TIMESTAMP
          2026-01-01 10:05:00
          2026-01-01 11:10:00
          2026-01-01 10:59:00
          2026-01-01 11:20:00
          2026-01-01 10:58:00
          """,
        output: """
          window_start        | window_end          | clicks
          2026-01-01 10:00:00 | 2026-01-01 11:00:00 | 2
          2026-01-01 11:00:00 | 2026-01-01 12:00:00 | 2
          """,
        rejects: """
          code | column | value               | message
          late | at     | 2026-01-01 10:58:00 | "2026-01-01 10:58:00" came too late for its window
          """),
    ]
  }

  /// Which windows a time lies in.
  public enum Shape: Sendable, Hashable {
    /// One after another.
    case tumbling(String)
    /// Overlapping: a new one begins after each `every`.
    case sliding(String, every: String)
    /// As long as no pause is as long as the gap.
    case session(gap: String)
  }
}

extension Transform where Self == Window {
  /// Draws rows together by spans of time, written as `1 hour` or `30 minutes`.
  public static func window(
    _ time: String, _ shape: Window.Shape, by groups: [String] = [],
    _ columns: KeyValuePairs<String, Aggregation>, lateness: String = "",
    late: Window.Late = .reject
  ) -> Window {
    var step = Window()
    step.time = time
    step.columns = NamedValues(columns)
    step.groups = groups
    step.lateness = lateness
    step.late = late
    switch shape {
    case .tumbling(let size): step.size = size
    case .sliding(let size, let every): (step.size, step.every) = (size, every)
    case .session(let gap): step.gap = gap
    }
    return step
  }
}
