internal import Catchment
internal import DuckDB

extension Warehouse {
  /// Notes which machine the home belongs to, and names it in every conversation of that machine.
  ///
  /// Does nothing when it is noted already.
  func note(_ own: Machine, sources: SourceSet) throws(CatchmentError) {
    let connection = try connect()
    let noted = try check { () throws(DuckDBError) in
      try connection.query("SELECT machine, machine_id FROM catchment.home").rows()
    }
    let row: [Value] = [.text(own.name), own.id.map(Value.text) ?? .null]
    guard noted != [row] else { return }
    try connection.atomically(under: nil, path) { () throws(DuckDBError) in
      try connection.execute("DELETE FROM catchment.home")
      _ = try connection.query("INSERT INTO catchment.home SELECT ?, ?", bindings: row)
      try Linker(connection: connection, sources: sources).link()
    }
  }
}

extension Discovery {
  /// Says that all units lie on another machine than the home's own.
  mutating func place(on machine: String?) {
    guard let machine else { return }
    for index in units.indices {
      let unit = units[index]
      units[index] = Unit(
        source: unit.source, path: unit.path, fingerprint: unit.fingerprint, machine: machine)
      copyHints[units[index].id] = copyHints.removeValue(forKey: unit.id)
    }
  }
}
