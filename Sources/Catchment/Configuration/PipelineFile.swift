/// The pipelines of one file.
///
/// A file has one pipeline at its top, or several under `pipelines`, which may need one another.
public struct PipelineFile: Sendable, Hashable {
  /// The only version so far.
  public static let version = 1

  public var pipelines: [PipelineDefinition]
  /// Who is told of the run of several pipelines as one.
  public var notify: [ReceiverDefinition] = []

  public init(_ pipelines: [PipelineDefinition]) { self.pipelines = pipelines }

  /// Reads what a file says; `name` is for the words of complaints.
  ///
  /// Throws `configuration` with the place of what is wrong.
  public init(_ setting: Setting, named name: String) throws(CatchmentError) {
    guard let entries = setting.entries else {
      throw CatchmentError(
        .configuration, "the file must be a map of settings, not \(setting.kind)",
        at: .init(file: name, setting.place), hint: "begin with version: 1")
    }
    let hasMany = entries.contains { $0.name == "pipelines" }
    let reader = try MapReader(
      entries, ["version", "pipelines"] + (hasMany ? ["notify"] : PipelineDefinition.keys), "key",
      of: "the file", in: name)
    try Self.checkVersion(reader, at: setting.place)
    if let list = reader["pipelines"] {
      pipelines = try Self.pipelines(list, named: name)
      notify = try ReceiverDefinition.all(reader["notify"], reader)
    } else {
      pipelines = [try PipelineDefinition(reader, at: setting.place)]
    }
    try checkNames(named: name, reader)
  }

  private static func checkVersion(
    _ reader: MapReader, at place: Setting.Place?
  ) throws(CatchmentError) {
    guard let version = reader["version"] else {
      throw reader.failure(
        "the file has no version", at: place, hint: "begin it with version: \(Self.version)")
    }
    guard version.value == .integer(Self.version) else {
      throw reader.failure(
        "this version of Catchment reads files of version \(Self.version) only",
        at: version.place)
    }
  }

  private static func pipelines(
    _ list: Setting, named name: String
  ) throws(CatchmentError) -> [PipelineDefinition] {
    guard let elements = list.elements else {
      throw CatchmentError(
        .configuration, "\"pipelines\" must be a list, not \(list.kind)",
        at: .init(file: name, list.place), hint: "begin each pipeline with a dash: - name: clean")
    }
    var pipelines: [PipelineDefinition] = []
    for element in elements {
      guard let entries = element.entries else {
        throw CatchmentError(
          .configuration, "a pipeline must be a map of settings, not \(element.kind)",
          at: .init(file: name, element.place))
      }
      let reader = try MapReader(
        entries, PipelineDefinition.keys, "key", of: "the pipeline", in: name)
      pipelines.append(try PipelineDefinition(reader, at: element.place))
    }
    return pipelines
  }

  /// Names stand once, what is needed is there, and nothing needs itself.
  private func checkNames(named name: String, _ reader: MapReader) throws(CatchmentError) {
    var seen: Set<String> = []
    let names = pipelines.map(\.name)
    for pipeline in pipelines {
      guard seen.insert(pipeline.name).inserted else {
        throw reader.failure(
          "two pipelines are called \"\(pipeline.name)\"", at: pipeline.extract.place)
      }
      for need in pipeline.needs where !names.contains(need) {
        throw reader.failure(
          "\"\(pipeline.name)\" needs \"\(need)\", which is not in the file",
          at: pipeline.extract.place,
          hint: Spelling.nearest(to: need, among: names).map { "write \"\($0)\"" })
      }
    }
    guard waves.joined().count == pipelines.count else {
      let stuck = Set(names).subtracting(waves.joined().map(\.name)).sorted()
      throw reader.failure(
        "the pipelines \(stuck.joined(separator: ", ")) need each other in a circle",
        at: pipelines.first?.extract.place)
    }
  }

  /// The pipelines in the order in which they can run: those of one wave need none of its others.
  ///
  /// What is in a circle of needs is in no wave.
  public var waves: [[PipelineDefinition]] {
    var waves: [[PipelineDefinition]] = []
    var done: Set<String> = []
    while true {
      let next = pipelines.filter { pipeline in
        !done.contains(pipeline.name) && pipeline.needs.allSatisfy(done.contains)
      }
      guard !next.isEmpty else { return waves }
      done.formUnion(next.map(\.name))
      waves.append(next)
    }
  }

  /// As a file says it; reading it again gives the same pipelines.
  public var setting: Setting {
    let version = Setting.Entry("version", Self.version.setting)
    guard pipelines.count == 1, notify.isEmpty, let entries = pipelines[0].setting.entries else {
      let list = Setting.Entry("pipelines", Setting(.list(pipelines.map(\.setting))))
      let told = notify.isEmpty ? [] : [Setting.Entry("notify", notify.setting)]
      return Setting(.map([version] + told + [list]))
    }
    return Setting(.map([version] + entries))
  }
}
