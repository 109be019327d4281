import Catchment
import DuckDB

/// How old the newest conversations are.
struct FreshnessCheckup {
  /// Older than this, in hours, is worth a word although nobody asked.
  private static let stale = 24.0 * 7

  let reader: WarehouseReader
  let limits: [AgeLimit]
  let importCommand: String

  /// A platform's newest conversation.
  private struct Age {
    var platform: String
    var hours: Double

    var text: String { "\(platform) \(Self.text(hours))" }

    static func text(_ hours: Double) -> String {
      hours < 48 ? "\(Figures.fixed(hours, 1)) h" : "\(Int(hours / 24)) days"
    }
  }

  func check() throws(CatchmentError) -> Check {
    let ages = try reader.rows(
      """
      SELECT platform, (epoch_ms(now()) - epoch_ms(max(updated_at))) / 3600000 AS hours
      FROM main.conversations WHERE updated_at IS NOT NULL GROUP BY 1 ORDER BY 2
      """
    ).map { Age(platform: $0[0].shown, hours: max($0[1].double ?? 0, 0)) }
    let measured: [JSON.Member] = ages.map { .init($0.platform, .double($0.hours)) }
    let problems = limits.compactMap { problem($0, ages) }
    guard problems.isEmpty else {
      return Check(
        "freshness", .problem, problems.joined(separator: "; "), advice: advice,
        measured: [.init("hours", .object(measured))])
    }
    guard let newest = ages.first else {
      return Check("freshness", .note, "there are no conversations")
    }
    let others = ages.count > 1 ? ": \(ages.map(\.text).joined(separator: ", "))" : ""
    let isStale = newest.hours > Self.stale
    return Check(
      "freshness", isStale ? .note : .good,
      "the newest conversation is \(Age.text(newest.hours)) old\(others)",
      advice: isStale ? advice : nil, measured: [.init("hours", .object(measured))])
  }

  private var advice: String { "run `\(importCommand)`, or `catchment watch` all the time" }

  private func problem(_ limit: AgeLimit, _ ages: [Age]) -> String? {
    let name = limit.platform ?? "all platforms"
    guard let age = ages.first(where: { limit.platform == nil || $0.platform == limit.platform })
    else { return "\(name): there are no conversations" }
    guard age.hours * 3_600 > limit.span.seconds else { return nil }
    return "\(name): the newest conversation is \(Age.text(age.hours)) old, more than \(limit.span)"
  }
}
