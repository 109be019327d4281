/// A JSON Schema (2020-12) of pipelines' files, by which editors complete and check them.
public struct PipelineSchema {
  private let kinds: Kinds

  public init(_ kinds: Kinds) { self.kinds = kinds }

  public var setting: Setting {
    .map([
      "$schema": "https://json-schema.org/draft/2020-12/schema".setting,
      "title": "Catchment pipeline".setting,
      "oneOf": Setting(.list([onePipeline, manyPipelines])),
    ])
  }

  private var onePipeline: Setting {
    Self.object([("version", Self.version, true)] + pipelineMembers)
  }

  private var manyPipelines: Setting {
    Self.object([
      ("version", Self.version, true), ("notify", receivers, false),
      ("pipelines", .map(["type": "array".setting, "items": Self.object(pipelineMembers)]), true),
    ])
  }

  private static var version: Setting { .map(["const": PipelineFile.version.setting]) }

  private var pipelineMembers: [(name: String, schema: Setting, isRequired: Bool)] {
    let steps = Self.oneOf(kinds.transforms.map(Self.step))
    return [
      ("name", String.schema, true), ("about", String.schema, false),
      ("needs", [String].schema, false), ("max_rejects", RejectLimit.schema, false),
      ("cursor", PipelineCursor.schema, false), ("tune", TuneTarget.schema, false),
      ("retry", PipelineRetry.schema, false), ("on_failure", FailurePolicy.schema, false),
      ("notify", receivers, false),
      ("extract", Self.oneOf(kinds.sources.map(Self.step)), true),
      ("transform", .map(["type": "array".setting, "items": steps]), false),
      ("load", Self.oneOf(kinds.destinations.map(Self.step)), true),
    ]
  }

  /// A receiver has one kind, and may say what it is told of.
  private var receivers: Setting {
    let kindsOfEvents = ("on", [RunEvent.Kind].schema, false)
    let each = kinds.receivers.map { Self.step($0, beside: [kindsOfEvents]) }
    return .map(["type": "array".setting, "items": Self.oneOf(each)])
  }

  /// A map of the kind's name to its options.
  private static func step<Product>(_ kind: Kind<Product>) -> Setting { step(kind, beside: []) }

  private static func step<Product>(
    _ kind: Kind<Product>, beside others: [(name: String, schema: Setting, isRequired: Bool)]
  ) -> Setting {
    let options = kind.options.map { option in
      (option.name, described(option.schema, option.summary), option.isRequired)
    }
    var schema = object(options)
    let required = kind.options.filter(\.isRequired)
    // The one required option may be given alone.
    if required.count == 1 {
      schema = .map(["anyOf": Setting(.list([schema, required[0].schema]))])
    }
    return object([(kind.name, described(schema, kind.summary), true)] + others)
  }

  private static func described(_ schema: Setting, _ summary: String) -> Setting {
    Setting(.map([.init("description", summary.setting)] + (schema.entries ?? [])))
  }

  private static func oneOf(_ schemas: [Setting]) -> Setting {
    .map(["oneOf": Setting(.list(schemas))])
  }

  private static func object(
    _ members: [(name: String, schema: Setting, isRequired: Bool)]
  ) -> Setting {
    .map([
      "type": "object".setting,
      "properties": Setting(.map(members.map { Setting.Entry($0.name, $0.schema) })),
      "required": members.filter(\.isRequired).map(\.name).setting,
      "additionalProperties": false.setting,
    ])
  }
}
