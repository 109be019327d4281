/// A pipeline as a configuration says it: names and settings, not yet the things themselves.
///
/// What is read from YAML and what is built in Swift meet here, and neither loses anything by it.
public struct PipelineDefinition: Sendable, Hashable {
  /// A source, a transform or a destination with its settings.
  public struct Step: Sendable, Hashable {
    /// As the catalogue names it: `drop_nulls`.
    public var kind: String
    public var settings: Setting
    /// Where its name stands.
    public var place: Setting.Place?

    public init(_ kind: String, _ settings: Setting, at place: Setting.Place? = nil) {
      self.kind = kind
      self.settings = settings
      self.place = place
    }

    public static func == (a: Step, b: Step) -> Bool {
      a.kind == b.kind && a.settings == b.settings
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(kind)
      hasher.combine(settings)
    }
  }

  public var name: String
  /// For people.
  public var about: String?
  /// The pipelines of the same file that must have run before.
  public var needs: [String]
  /// How many records may be dead-lettered before nothing is published.
  public var maxRejects: RejectLimit?
  /// Which rows of the source are new.
  public var cursor: PipelineCursor?
  /// What its settings are tuned for.
  public var tune: TuneTarget?
  /// How it is run again after a failure.
  public var retry: PipelineRetry?
  /// What follows for others when it fails for good.
  public var onFailure = FailurePolicy.fail
  /// Who is told of its runs.
  public var notify: [ReceiverDefinition] = []
  public var extract: Step
  public var transforms: [Step]
  public var load: Step

  public init(
    _ name: String, about: String? = nil, needs: [String] = [], extract: Step,
    transforms: [Step] = [], load: Step
  ) {
    self.name = name
    self.about = about
    self.needs = needs
    self.extract = extract
    self.transforms = transforms
    self.load = load
  }
}

// MARK: Settings

extension PipelineDefinition {
  static let keys = [
    "name", "about", "needs", "max_rejects", "cursor", "tune", "retry", "on_failure", "notify",
    "extract", "transform", "load",
  ]

  /// Reads one pipeline's map.
  init(_ reader: MapReader, at place: Setting.Place?) throws(CatchmentError) {
    name = try Self.name(reader, at: place)
    about = try Self.value(of: "about", reader)
    needs = try Self.value(of: "needs", reader) ?? []
    maxRejects = try Self.value(of: "max_rejects", reader)
    cursor = try Self.value(of: "cursor", reader)
    tune = try Self.value(of: "tune", reader)
    retry = try Self.value(of: "retry", reader)
    onFailure = try Self.value(of: "on_failure", reader) ?? .fail
    notify = try ReceiverDefinition.all(reader["notify"], reader)
    extract = try Self.step(reader["extract"], "extract", reader, at: place)
    load = try Self.step(reader["load"], "load", reader, at: place)
    transforms = []
    guard let steps = reader["transform"], steps.value != .null else { return }
    guard let elements = steps.elements else {
      throw reader.failure(
        "\"transform\" must be a list of steps, not \(steps.kind)", at: steps.place,
        hint: "begin each step with a dash: - drop_nulls: { strategy: drop }")
    }
    for element in elements {
      transforms.append(try Self.step(element, "transform", reader, at: element.place))
    }
  }

  private static func name(
    _ reader: MapReader, at place: Setting.Place?
  ) throws(CatchmentError) -> String {
    guard let setting = reader["name"] else {
      throw reader.failure(
        "the pipeline has no name", at: place,
        hint: "add a line such as name: clean; it tells its runs from other pipelines'")
    }
    guard let name = setting.text, !name.isEmpty else {
      throw reader.failure("\"name\" must be text, not \(setting.kind)", at: setting.place)
    }
    return name
  }

  private static func value<Value: OptionValue>(
    of name: String, _ reader: MapReader
  ) throws(CatchmentError) -> Value? {
    guard let setting = reader[name] else { return nil }
    do { return try Value(setting) } catch {
      throw reader.failure("\"\(name)\" \(error.message)", at: error.place ?? setting.place)
    }
  }

  /// `kind: settings`, or the kind alone when it needs no settings.
  private static func step(
    _ setting: Setting?, _ key: String, _ reader: MapReader, at place: Setting.Place?
  ) throws(CatchmentError) -> Step {
    guard let setting else {
      throw reader.failure(
        "the pipeline has no \"\(key)\"", at: place,
        hint: key == "extract"
          ? "say where the rows come from: extract: { csv: { path: people.csv } }"
          : "say where the rows go: load: { duckdb: { path: out.duckdb, table: people } }")
    }
    if let kind = setting.text { return Step(kind, Setting(.map([])), at: setting.place) }
    guard let entries = setting.entries, entries.count == 1, let entry = entries.first else {
      throw reader.failure(
        "\"\(key)\" must name one kind with its settings", at: setting.place,
        hint: "write it as kind: { option: value }")
    }
    return Step(entry.name, entry.setting, at: entry.place)
  }

  /// As a configuration says it; reading it again gives the same pipeline.
  public var setting: Setting {
    var entries = [Setting.Entry("name", name.setting)]
    if let about { entries.append(.init("about", about.setting)) }
    if !needs.isEmpty { entries.append(.init("needs", needs.setting)) }
    if let maxRejects { entries.append(.init("max_rejects", maxRejects.setting)) }
    if let cursor { entries.append(.init("cursor", cursor.setting)) }
    if let tune { entries.append(.init("tune", tune.setting)) }
    if let retry { entries.append(.init("retry", retry.setting)) }
    if onFailure != .fail { entries.append(.init("on_failure", onFailure.setting)) }
    if !notify.isEmpty { entries.append(.init("notify", notify.setting)) }
    entries.append(.init("extract", extract.setting))
    if !transforms.isEmpty {
      entries.append(.init("transform", Setting(.list(transforms.map(\.setting)))))
    }
    entries.append(.init("load", load.setting))
    return Setting(.map(entries))
  }
}

extension PipelineDefinition.Step {
  var setting: Setting { Setting(.map([.init(kind, settings)])) }
}
