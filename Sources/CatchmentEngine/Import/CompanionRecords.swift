internal import Catchment
internal import DuckDB
internal import Synchronization

/// The records that one import makes of the files beside each unit.
///
/// A unit may be read more than once in an import. Its files are kept and told of once, so that it is
/// the same each time, whatever happens to them meanwhile.
final class CompanionRecords: Sendable {
  private let source: any Source
  private let artifacts: Artifacts
  private let largestRecord: Int
  private let largestFile: Int64
  private let known = Mutex<[UUIDBytes: [UInt8]]>([:])

  /// Nil for a source whose records point at no files.
  init?(_ source: any Source, _ importer: Importer) {
    largestRecord = importer.options.largestRecord
    largestFile = importer.options.largestFile
    guard source.makeCompanionFinder(largestRecord: largestRecord) != nil else { return nil }
    self.source = source
    artifacts = Artifacts(home: importer.home)
  }

  /// Lines, which are empty when the unit's records point at nothing that is there.
  ///
  /// - Parameters:
  ///   - region: what holds the records.
  ///   - members: the names in the archive, when the unit is one.
  func lines(
    for content: UnitContent, in region: ByteRegion, members: [String]?
  ) throws(CatchmentError) -> [UInt8] {
    let id = content.unit.id
    if let lines = known.withLock({ $0[id] }) { return lines }
    guard let finder = source.makeCompanionFinder(largestRecord: largestRecord) else { return [] }
    let lines = try Companions(finder, artifacts, largestFile: largestFile)
      .lines(for: content, in: region, members: members)
    known.withLock { $0[id] = lines }
    return lines
  }
}
