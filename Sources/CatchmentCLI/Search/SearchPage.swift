import Catchment
import CatchmentSearch
import Foundation

/// Hits as people and scripts read them.
struct SearchPage {
  private let options: GlobalOptions
  private var style: Style { options.style }

  init(_ options: GlobalOptions) { self.options = options }

  func print(_ results: [SearchResult], isMore: Bool, _ json: JSONOption) {
    if json.isOn {
      return Output.line(JSON.array(results.map(\.json)).description)
    }
    guard !results.isEmpty else {
      if !options.quiet { Output.note("nothing found") }
      return
    }
    var last: SearchResult?
    for result in results {
      if result.hit.conversation != last?.hit.conversation {
        if last != nil { Output.line() }
        printHeading(result)
      }
      printHit(result)
      last = result
    }
    guard isMore, !options.quiet else { return }
    Output.note("\nthere are more; --limit and --each show them")
  }

  private func printHeading(_ result: SearchResult) {
    let title = (result.title ?? "(no title)").safe.cut(to: max(Terminal.width - 2, 40))
    Output.line(style.bold(title))
    let facts = [result.platform, result.project ?? ""].filter { !$0.isEmpty }
    let show =
      "\(TypedCommand.name) show \(result.hit.conversation)\(options.homeArgument)"
    Output.line(style.dim((facts + [show]).joined(separator: " · ").safe))
  }

  private func printHit(_ result: SearchResult) {
    let head = [result.minute, result.speaker].filter { !$0.isEmpty }.joined(separator: "  ").safe
    let text = result.snippet.parts.map { part in
      guard part.isHit else { return part.text.safe }
      return style.isOn ? style.hit(part.text.safe) : "«\(part.text.safe)»"
    }
    Output.line("  \(style.cyan(head))  \(text.joined())")
  }
}

extension SearchResult {
  /// As `2026-11-21 06:15`, in UTC.
  fileprivate var minute: String {
    guard let time = hit.time else { return "" }
    return String(iso(time).prefix(16)).replacing("T", with: " ")
  }

  private func iso(_ time: Int64) -> String {
    Date(timeIntervalSince1970: Double(time) / 1e6).ISO8601Format()
  }

  fileprivate var json: JSON {
    JSON([
      "conversation_id": .text("\(hit.conversation)"), "title": title.map(JSON.text) ?? .null,
      "platform": .text(platform), "project": project.map(JSON.text) ?? .null,
      "time": hit.time.map { .text(iso($0)) } ?? .null, "table": .text(hit.table),
      "id": .text("\(hit.row)"), "speaker": .text(speaker), "snippet": .text(snippet.text),
      "hits": .array(snippet.parts.filter(\.isHit).map { .text($0.text) }),
    ])
  }
}
