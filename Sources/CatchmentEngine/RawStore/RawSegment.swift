internal import Catchment

/// A segment that is being written, as an object that workers can hold and let go of.
final class RawSegment {
  /// zstd's quickest ordinary level: agent logs shrink seven times, at the speed of the parser.
  static let compressionLevel: Int32 = 1

  let path: String
  private var writer: RawSegmentWriter?
  private(set) var payloadBytes: Int64 = 0
  private(set) var records = 0

  init(path: String, _ compressor: ZstdCompressor) throws(CatchmentError) {
    self.path = path
    writer = try RawSegmentWriter(path: path, compressor: compressor)
  }

  /// Appends the new ones of a unit's first `count` records.
  func append(
    _ content: UnitContent, count: Int, extractedAt: Int64
  ) throws(CatchmentError) {
    let name = Array(content.unit.path.utf8)
    for record in content.records.prefix(count) where record.isNew {
      try writer?.append(
        record, unit: name, payload: content.bytes(of: record), extractedAt: extractedAt)
      records += 1
      payloadBytes += Int64(record.length)
    }
  }

  /// Makes it durable.
  ///
  /// A segment without records leaves no file.
  func publish(run: RunID) throws(CatchmentError) {
    guard let writer = writer.take(), records > 0 else { return }
    try writer.publish(properties: [("catchment.run", run.text)])
  }
}
