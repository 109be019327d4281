#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where Catchment keeps what it keeps: one directory, safe to copy when nothing runs.
public struct Home: Sendable, Hashable {
  /// The directory that every other path of the home begins with.
  public let path: String

  /// A home that need not be there yet: the first import makes it.
  public init(_ path: String) { self.path = path }

  /// The tables: a DuckDB database that any DuckDB of version 1.4 or newer opens.
  public var warehouse: String { "\(path)/warehouse.duckdb" }
  /// What drives the work; made anew from the warehouse when it is lost.
  public var state: String { "\(path)/state.sqlite" }
  /// The words of all conversations; made anew when it is lost.
  public var search: String { "\(path)/search.sqlite" }
  /// What was read, byte for byte.
  public var raw: String { "\(path)/raw" }
  /// Held by the run that is writing.
  public var lock: String { "\(path)/lock" }
  /// Held by the process that imports as files change.
  public var watchLock: String { "\(path)/watch.lock" }
  /// What processes tell of the runs that they are at; empty when nothing runs and nothing was killed.
  public var status: String { "\(path)/status" }
  /// The engine's private scratch space; emptied at each start.
  public var spill: String { "\(path)/spill" }

  /// What is on its way from servers.
  var downloads: String { "\(path)/downloads" }

  /// Where it is when nobody says otherwise: `$CATCHMENT_HOME`, else `~/.catchment`.
  public static var standard: Home {
    var environment: [String: String] = [:]
    for name in ["CATCHMENT_HOME", "HOME"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    return resolve(nil, environment: environment)
  }

  /// The path given, else `$CATCHMENT_HOME`, else `~/.catchment`.
  public static func resolve(
    _ given: String?, environment: [String: String]
  ) -> Home {
    let path = given ?? environment["CATCHMENT_HOME"] ?? "\(environment["HOME"] ?? ".")/.catchment"
    return Home(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
  }
}
