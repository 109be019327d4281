/// Someone who is told of runs, as a configuration says it: a kind with its settings, and of what.
///
/// ```yaml
/// - slack: "${secret:slack-url}"
///   on: [failure, broken_promise]
/// ```
public struct ReceiverDefinition: Sendable, Hashable {
  public var step: PipelineDefinition.Step
  public var kinds: [RunEvent.Kind]

  public init(_ step: PipelineDefinition.Step, on kinds: [RunEvent.Kind] = RunEvent.Kind.standard) {
    self.step = step
    self.kinds = kinds
  }

  private static let form = "write it as - webhook: https://host/path"

  /// A list of them; nothing is none.
  static func all(_ setting: Setting?, _ reader: MapReader) throws(CatchmentError) -> [Self] {
    guard let setting, setting.value != .null else { return [] }
    guard let elements = setting.elements else {
      throw reader.failure(
        "\"notify\" must be a list of receivers, not \(setting.kind)", at: setting.place,
        hint: form)
    }
    var all: [Self] = []
    for element in elements { all.append(try Self(element, reader)) }
    return all
  }

  private init(_ setting: Setting, _ reader: MapReader) throws(CatchmentError) {
    let entries = setting.entries ?? []
    let named = entries.filter { $0.name != "on" }
    guard let kind = named.first else {
      throw reader.failure(
        "a receiver must name its kind with its settings", at: setting.place, hint: Self.form)
    }
    guard named.count == 1 else {
      throw reader.failure(
        "a receiver has one kind and \"on\" beside it, and no \"\(named[1].name)\"",
        at: named[1].place,
        hint: Spelling.nearest(to: named[1].name, among: ["on"]).map { "write \"\($0)\"" }
          ?? "options stand within the kind: - \(kind.name): { url: … }")
    }
    self.init(.init(kind.name, kind.setting, at: kind.place))
    guard let given = entries.first(where: { $0.name == "on" })?.setting else { return }
    do { kinds = try [RunEvent.Kind](given) } catch {
      throw reader.failure("\"on\" \(error.message)", at: error.place ?? given.place)
    }
    guard !kinds.isEmpty else {
      throw reader.failure(
        "\"on\" names nothing, so nobody would be told", at: given.place,
        hint: "leave it out for \(RunEvent.Kind.standard.map(\.rawValue).joined(separator: ", "))")
    }
  }

  var setting: Setting {
    var entries = [Setting.Entry(step.kind, step.settings)]
    if kinds != RunEvent.Kind.standard { entries.append(.init("on", kinds.setting)) }
    return Setting(.map(entries))
  }
}

extension [ReceiverDefinition] {
  var setting: Setting { Setting(.list(map(\.setting))) }

  /// The receivers that they say, of kinds that are known.
  public func receivers(of kinds: Kinds, in file: String) throws(CatchmentError) -> [Receiver] {
    var receivers: [Receiver] = []
    for one in self {
      let notifier = try PipelineDefinition.make(
        one.step, "receiver", of: kinds.receivers, in: file)
      receivers.append(Receiver(notifier, on: one.kinds))
    }
    return receivers
  }
}
