internal import Catchment
internal import DuckDB

/// A family whose units are too large to be derived at once: the tables are changed slice by slice,
/// in one transaction.
struct SlicedChange {
  /// Slices are staged together up to this many bytes of records, to pay for a change once: the
  /// engine holds them, and what they replace, several times while it compares the two.
  let batchSize: Int
  let slices: UnitSlices
  let reducer: any Reducer
  let connection: Connection
  let stages: StageTimes
  /// What has to happen to a reduction before its rows are written.
  let settle: (any Reduction) throws(CatchmentError) -> Void

  /// Replaces all that `family` came to by what its units come to now.
  ///
  /// - Parameters:
  ///   - path: the warehouse's, for the words of a failure.
  ///   - newStage: makes empty staging tables, within the transaction.
  func apply(
    _ family: [UUIDBytes], _ units: [ReadUnit], under lease: Lease?, _ path: String,
    _ newStage: () throws(CatchmentError) -> Stage
  ) throws(CatchmentError) {
    try connection.atomically(under: lease, path) { () throws(CatchmentError) in
      try told(path) { () throws(DuckDBError) in
        let list = try WantedIDs(connection).list(family)
        try connection.execute("DELETE FROM catchment.unit_keys WHERE unit_id IN (\(list))")
      }
      let stage = try newStage()
      var place = 0
      while place < slices.count { try applyBatch(from: &place, path, stage) }
      try told(path) { () throws(DuckDBError) in
        for unit in units {
          try stage.ledger.finish(unit, records: unit.content.records.count)
        }
        try stage.replaceMarkers()
      }
    }
  }

  private func applyBatch(
    from place: inout Int, _ path: String, _ stage: Stage
  ) throws(CatchmentError) {
    var bytes = 0
    while place < slices.count, bytes < batchSize {
      guard !Task.isCancelled else { throw .interrupted }
      let slice = slices[place]
      let reduction = try stages.measure(.transform) { () throws(CatchmentError) in
        try reducer.reduce(slice)
      }
      try settle(reduction)
      try told(path) { () throws(DuckDBError) in
        try reduction.write(to: stage.writers)
        try stage.ledger.write(slice, reduction)
      }
      bytes += slice.reduce(0) { $0 + $1.records.reduce(0) { $0 + $1.length } }
      slices.forget()
      place += 1
    }
    try stages.measure(.load) { () throws(CatchmentError) in
      try told(path) { () throws(DuckDBError) in try stage.replaceRecords() }
    }
  }

  private func told<R>(
    _ path: String, _ body: () throws(DuckDBError) -> R
  ) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .warehouse(error, path) }
  }
}
