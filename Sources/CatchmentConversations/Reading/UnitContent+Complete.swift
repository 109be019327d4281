internal import Catchment
internal import JSONTape

extension UnitContent {
  /// How many records it has, without a last one that is only half written: what the raw store will
  /// say too, so that an order made by it is the same in a rebuild.
  func completeRecords(_ parser: TapeParser) -> Int {
    guard isOpenEnded, let last = records.last else { return records.count }
    do throws(JSONError) {
      _ = try parser.parse(bytes(of: last), isPadded: true)
      return records.count
    } catch { return records.count - 1 }
  }
}
