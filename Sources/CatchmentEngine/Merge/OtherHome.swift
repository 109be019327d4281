internal import Catchment
internal import GRDB

/// A home to merge from: its raw store, and what its machine is called.
struct OtherHome {
  let machine: Machine
  private let rawStore: RawStore

  init(_ home: Home, named given: String?) throws(CatchmentError) {
    guard try !Directory.entries(of: home.raw).isEmpty else {
      throw CatchmentError(
        .sourceUnavailable, "there is no raw store in \(home.path)",
        hint: "name the home of another Catchment: the directory that has `raw` in it")
    }
    rawStore = RawStore(path: home.raw)
    if let given {
      machine = Machine(name: try Machine.checked(given), id: nil)
    } else {
      machine = try Self.machine(of: home)
    }
  }

  /// Homes from before machines had names know only which host wrote to them last; without that, the
  /// directory's name has to do.
  private static func machine(of home: Home) throws(CatchmentError) -> Machine {
    if let noted = try Machine.noted(in: home) { return noted }
    let folder = home.path.split(separator: "/").last { !$0.hasPrefix(".") }
    return Machine(
      name: lastHost(of: home) ?? Machine.plain(folder.map(String.init) ?? ""), id: nil)
  }

  private static func lastHost(of home: Home) -> String? {
    var settings = Configuration()
    settings.readonly = true
    do {
      let database = try DatabaseQueue(path: home.state, configuration: settings)
      let host = try database.read { try String.fetchOne($0, sql: "SELECT max(host) FROM lease") }
      return host.map(Machine.plain)
    } catch {
      // None, or one that cannot be read: it only would have given a name.
      return nil
    }
  }

  /// Its files by the machine they come from, as this home calls it: nil for this home's own.
  func segments(
    source: String, in own: Machine
  ) throws(CatchmentError) -> [(machine: String?, files: [String])] {
    var files: [String?: [String]] = [:]
    for path in try rawStore.segments(source: source) {
      let named = RawStore.machine(of: path).map { Machine(name: $0, id: nil) } ?? machine
      files[named.name(in: own), default: []].append(path)
    }
    return files.sorted { ($0.key ?? "") < ($1.key ?? "") }.map { ($0.key, $0.value) }
  }
}
