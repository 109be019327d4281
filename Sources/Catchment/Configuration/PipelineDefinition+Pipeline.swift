extension PipelineDefinition {
  /// The pipeline that it says, of kinds that are known.
  ///
  /// Throws `configuration` with the place for a kind or an option that is not there.
  public func pipeline(
    of kinds: Kinds, in file: String
  ) throws(CatchmentError) -> Pipeline.Complete {
    let source = try Self.make(extract, "source", of: kinds.sources, in: file)
    var steps: [any Transform] = []
    for step in transforms {
      steps.append(try Self.make(step, "transform", of: kinds.transforms, in: file))
    }
    let destination = try Self.make(load, "destination", of: kinds.destinations, in: file)
    if cursor != nil, destination.mode.isSnapshot {
      let isReplaced = destination.mode == .replace
      throw CatchmentError(
        .configuration,
        "a cursor leaves rows out, and "
          + (isReplaced
            ? "the destination is replaced by what is left" : "delete_missing would delete them"),
        at: .init(file: file, load.place),
        hint: isReplaced
          ? "use mode: append or mode: merge, or no cursor" : "use one or the other")
    }
    var pipeline = Pipeline.Complete(
      name: name, source: source, transforms: steps, destination: destination,
      maxRejects: maxRejects, cursor: cursor, tune: tune
    ).retry(retry).onFailure(onFailure)
    pipeline.receivers = try notify.receivers(of: kinds, in: file)
    return pipeline
  }

  static func make<Product>(
    _ step: Step, _ noun: String, of kinds: [Kind<Product>], in file: String
  ) throws(CatchmentError) -> Product {
    if let kind = kinds.first(where: { $0.name == step.kind }) {
      return try kind.make(step.settings, in: file)
    }
    let names = kinds.map(\.name)
    let near = Spelling.nearest(to: step.kind, among: names)
    throw CatchmentError(
      .configuration, "there is no \(noun) \"\(step.kind)\"", at: .init(file: file, step.place),
      hint: near.map { "write \"\($0)\"" } ?? "there are \(names.joined(separator: ", "))")
  }

  /// What a pipeline built in Swift says.
  ///
  /// Throws `configuration` when a part of it is of a type that a file cannot name.
  public init(_ pipeline: Pipeline.Complete) throws(CatchmentError) {
    self.init(
      pipeline.name, extract: try Self.step(pipeline.source),
      load: try Self.step(pipeline.destination))
    maxRejects = pipeline.maxRejects
    cursor = pipeline.cursor
    tune = pipeline.tune
    retry = pipeline.retry
    onFailure = pipeline.onFailure
    for receiver in pipeline.receivers {
      notify.append(.init(try Self.step(receiver.notifier), on: receiver.kinds))
    }
    for transform in pipeline.transforms { transforms.append(try Self.step(transform)) }
  }

  private static func step(_ part: any Sendable) throws(CatchmentError) -> Step {
    guard let part = part as? any Configurable else {
      throw CatchmentError(
        .configuration, "a file cannot say \(type(of: part))",
        hint: "conform the type to Configurable and add it to the catalogue")
    }
    return Step(type(of: part).kind, part.settings)
  }
}
