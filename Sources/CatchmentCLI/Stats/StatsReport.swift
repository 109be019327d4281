import ArgumentParser
import Catchment

/// A question that `stats` answers: its SQL, what its columns are called, and how it counts.
struct StatsReport {
  enum Name: String, CaseIterable, ExpressibleByArgument {
    case usage, tools, slow, failing, errors, loops, interrupted, edits, context, subagents, models
  }

  /// Names the views without a schema.
  let sql: String
  let columns: [Listing.Column]
  /// One line that says how the figures come about.
  let basis: String
  /// What the views see in the place of tables of these names.
  let among: [View]

  init(_ sql: String, _ columns: [Listing.Column], _ basis: String, among: [View] = []) {
    self.sql = sql
    self.columns = columns
    self.basis = basis
    self.among = among
  }

  init(_ name: Name, by groupings: [UsageGrouping], since: Since?) {
    switch (name, groupings) {
    case (.usage, [.tool]), (.tools, _): self = .tools(since)
    case (.usage, _): self = .usage(by: groupings, since)
    case (.slow, _): self = .slow(since)
    case (.failing, _): self = .failing(since)
    case (.errors, _): self = .errors(since)
    case (.loops, _): self = .loops(since)
    case (.interrupted, _): self = .interrupted(since)
    case (.edits, _): self = .edits(since)
    case (.models, _): self = .models(since)
    case (.context, _): self = .context(since)
    case (.subagents, _): self = .subagents(since)
    }
  }

  /// The whole query: the views are its own, so it needs none in the warehouse.
  func query(_ views: [View], limit: Int?) -> String {
    "\((among + views).asCommonTables)\n\(sql)\(limit.map { "\nLIMIT \($0)" } ?? "")"
  }
}
