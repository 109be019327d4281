public import Catchment

/// Finds the units under some paths, and which source each belongs to.
///
/// A file is recognised by its contents; one that was imported before is not opened again, for its
/// commit marker says whose it is.
public struct Discoverer: Sendable {
  private let sources: [any Source]

  /// Looks for files of these sources; where several could read a file, the surest has it.
  public init(_ sources: [any Source]) { self.sources = sources }

  /// The files that could hold records, by their paths alone.
  public func candidates(_ roots: [String]) -> [String] { walk(roots).files.map(\.path) }

  /// The units under some paths.
  ///
  /// - Parameters:
  ///   - known: the source of each path that was imported before.
  ///   - threads: how many open files at once; with thousands of files that takes the time.
  func discover(
    _ roots: [String], known: [String: String], threads: Int
  ) async -> Discovery {
    let walk = walk(roots)
    let named = Set(roots.compactMap(FileWalk.absolute))
    let strangers = walk.files.map(\.path).filter { known[$0] == nil }
    let glances = await glance(at: strangers, named: named, threads: threads)
    var discovery = Discovery(problems: walk.problems)
    for file in walk.files {
      guard let name = known[file.path] ?? glances[file.path]?.source else {
        discovery.unrecognised.append(file.path)
        continue
      }
      let unit = Unit(source: name, path: file.path, fingerprint: fingerprint(of: file, name))
      discovery.units.append(unit)
      discovery.copyHints[unit.id] = glances[file.path]?.copyHint
    }
    return discovery
  }

  private func fingerprint(
    of file: (path: String, fingerprint: Unit.Fingerprint), _ name: String
  ) -> Unit.Fingerprint {
    guard case .database? = sources.first(where: { $0.name == name })?.framing(of: file.path)
    else { return file.fingerprint }
    return file.fingerprint.including(logOf: file.path)
  }

  private func walk(_ roots: [String]) -> FileWalk {
    var walk = FileWalk { path in sources.contains { $0.mayHold(path) } }
    for root in roots { walk.visit(root: root) }
    return walk
  }

  private func glance(
    at paths: [String], named: Set<String>, threads: Int
  ) async -> [String: Glance] {
    let share = max((paths.count + threads - 1) / threads, 1)
    return await withTaskGroup { group in
      for start in stride(from: 0, to: paths.count, by: share) {
        group.addTask { @concurrent in
          var glancer = Glancer(sources)
          return paths[start...].prefix(share).map {
            ($0, glancer.look(at: $0, isNamed: named.contains($0)))
          }
        }
      }
      var glances: [String: Glance] = [:]
      for await found in group {
        glances.merge(found.map { ($0.0, $0.1) }) { first, _ in first }
      }
      return glances
    }
  }
}
