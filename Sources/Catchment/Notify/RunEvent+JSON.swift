internal import JSONTape

extension RunEvent {
  /// The event as JSON on one line, as `Documentation/notifications.md` describes it; what is not known
  /// is left out.
  public var json: String {
    Self.object([
      ("version", "1"), ("event", Self.text(kind.rawValue)), ("test", isTest ? "true" : nil),
      ("pipeline", Self.text(name)), ("run_id", run.map { Self.text($0.id) }),
      ("host", Self.text(host)), ("began", Self.text(UTC.text(began))),
      ("at", Self.text(UTC.text(at))), ("seconds", seconds.map { "\($0)" }),
      ("records", run.map(Self.records)), ("units", units), ("error", error.map(Self.failure)),
      ("missing", missing.isEmpty ? nil : Self.array(missing.map(Self.text))),
      ("pipelines", parts.isEmpty ? nil : Self.array(parts.map(\.json))),
    ])
  }

  private var units: String? {
    run.map { run in
      Self.object([
        ("committed", "\(run.unitsCommitted)"), ("unchanged", unchanged.map { "\($0)" }),
      ])
    }
  }

  private static func records(_ run: Run) -> String {
    object([
      ("read", "\(run.records.read)"), ("made", "\(run.made)"),
      ("loaded", "\(run.records.loaded)"), ("updated", "\(run.records.updated)"),
      ("duplicate", "\(run.records.duplicate)"), ("filtered", "\(run.records.filtered)"),
      ("dead_lettered", "\(run.records.deadLettered)"), ("deleted", "\(run.records.deleted)"),
    ])
  }

  private static func failure(_ error: CatchmentError) -> String {
    object([
      ("code", text(error.code.description)),
      ("class", error.errorClass.map { text($0.rawValue) }), ("message", text(error.message)),
      ("place", error.location.map { text($0.description) }),
      ("cause", error.cause.map(text)), ("hint", error.hint.map(text)),
    ])
  }

  private static func text(_ text: String) -> String { JSONString.quoted(text) }

  private static func array(_ elements: [String]) -> String {
    "[\(elements.joined(separator: ","))]"
  }

  private static func object(_ members: [(name: String, value: String?)]) -> String {
    let known = members.compactMap { member in
      member.value.map { "\(text(member.name)):\($0)" }
    }
    return "{\(known.joined(separator: ","))}"
  }
}
