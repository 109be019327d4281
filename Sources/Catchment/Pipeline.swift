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
  public let name: String

  /// - Parameter name: tells its runs and markers from other pipelines'.
  public init(_ name: String) { self.name = name }

  public func extract(_ source: some TableSource) -> Reading {
    Reading(name: name, source: source, transforms: [])
  }

  /// A pipeline that knows where its rows come from.
  public struct Reading: Sendable {
    let name: String
    let source: any TableSource
    var transforms: [any Transform]

    public func transform(_ step: some Transform) -> Reading {
      var longer = self
      longer.transforms.append(step)
      return longer
    }

    public func load(_ destination: some Destination) -> Complete {
      Complete(
        name: name, source: source, transforms: transforms, destination: destination)
    }
  }

  /// A pipeline with all that it needs to run.
  public struct Complete: Sendable {
    public let name: String
    public let source: any TableSource
    public let transforms: [any Transform]
    public let destination: any Destination
  }
}
