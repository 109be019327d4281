/// Source → transforms → destination, as a value.
///
/// ```swift
/// let report = try await Pipeline("clean")
///   .extract(.csv("sample.csv"))
///   .transform(.filter("amount > 0"))
///   .load(.duckdb("out.duckdb", table: "clean"))
///   .run()
/// ```
///
/// Each word gives a value of another type, so a pipeline that lacks something cannot be run.
public struct Pipeline: Sendable {
  /// What tells its runs and markers from other pipelines', in its home and in its destination.
  public let name: String

  /// - Parameter name: tells its runs and markers from other pipelines'.
  public init(_ name: String) { self.name = name }

  /// Says where the rows come from.
  public func extract(_ source: some TableSource) -> Reading {
    Reading(name: name, source: source, transforms: [])
  }

  /// A pipeline that knows where its rows come from.
  public struct Reading: Sendable {
    let name: String
    let source: any TableSource
    var transforms: [any Transform]

    /// Adds a step after those there are; it is given their rows.
    public func transform(_ step: some Transform) -> Reading {
      var longer = self
      longer.transforms.append(step)
      return longer
    }

    /// Says where the rows go.
    public func load(_ destination: some Destination) -> Complete {
      Complete(
        name: name, source: source, transforms: transforms, destination: destination)
    }
  }

  /// A pipeline with all that it needs to run.
  public struct Complete: Sendable {
    /// What tells its runs and markers from other pipelines'.
    public let name: String
    /// Where its units are found and read.
    public let source: any TableSource
    /// The steps in the order in which rows pass them; without any, rows are loaded as they are.
    public let transforms: [any Transform]
    /// Where the rows of the last step go.
    public let destination: any Destination
    /// How many records may be dead-lettered before nothing is published; nil for any number.
    public var maxRejects: RejectLimit?
    /// Which rows of the source are new; nil when every row of a new or changed unit is.
    public var cursor: PipelineCursor?
    /// What its settings are tuned for; nil when they stay as they are given.
    public var tune: TuneTarget?
    /// How it is run again after a failure; nil when it is not.
    public var retry: PipelineRetry?
    /// What follows for others when it fails for good.
    public var onFailure = FailurePolicy.fail
    /// Who is told of its runs.
    public var receivers: [Receiver] = []

    /// A pipeline of these parts.
    public init(
      name: String, source: any TableSource, transforms: [any Transform],
      destination: any Destination, maxRejects: RejectLimit? = nil,
      cursor: PipelineCursor? = nil, tune: TuneTarget? = nil
    ) {
      self.name = name
      self.source = source
      self.transforms = transforms
      self.destination = destination
      self.maxRejects = maxRejects
      self.cursor = cursor
      self.tune = tune
    }

    /// The same pipeline, whose runs one more is told of.
    public func notify(
      _ notifier: some Notifier, on kinds: [RunEvent.Kind] = RunEvent.Kind.standard
    ) -> Complete {
      var told = self
      told.receivers.append(Receiver(notifier, on: kinds))
      return told
    }

    /// The same pipeline, whose runs find out by which settings they are best.
    public func tune(_ target: TuneTarget?) -> Complete {
      var tuned = self
      tuned.tune = target
      return tuned
    }

    /// The same pipeline, which is run again by itself after failures that may pass.
    public func retry(_ retry: PipelineRetry?) -> Complete {
      var patient = self
      patient.retry = retry
      return patient
    }

    /// The same pipeline, with what follows for others when it fails for good.
    public func onFailure(_ policy: FailurePolicy) -> Complete {
      var lenient = self
      lenient.onFailure = policy
      return lenient
    }

    /// The same pipeline, which loads the rows of the source that are new by a column's values.
    ///
    /// The rows of a table that is replaced are always all of them.
    public func cursor(_ cursor: PipelineCursor?) -> Complete {
      var incremental = self
      incremental.cursor = cursor
      return incremental
    }

    /// The same pipeline for one run, which loads the rows of the cursor's column from a value on, whatever
    /// was loaded before.
    ///
    /// Throws `usage` when it has no cursor.
    public func since(_ value: Scalar) throws(CatchmentError) -> Complete {
      guard var cursor else {
        throw CatchmentError(
          .usage, "the pipeline \"\(name)\" has no cursor that says which column --since means",
          hint: "give it one, such as cursor: { column: updated_at }")
      }
      cursor.since = value
      return self.cursor(cursor)
    }

    /// The same pipeline, of which nothing is published when more records are dead-lettered.
    public func maxRejects(_ limit: RejectLimit?) -> Complete {
      var limited = self
      limited.maxRejects = limit
      return limited
    }
  }
}
