internal import Catchment

/// Files on a server, as a source finds and fetches them.
protocol RemoteFiles: Sendable {
  /// How the server is asked.
  var options: Downloader.Options { get }
  /// The files as units; opens none. `packing` tells which of a directory's files are the source's.
  func discovery(for source: String, _ packing: Packing?) throws(CatchmentError) -> Discovery
  func download(of unit: Unit) throws(CatchmentError) -> Download
}

/// A source of files that may lie on servers.
protocol FileSource: FetchedSource {
  var files: FileSet { get }
}

extension FileSource {
  public var isRemote: Bool { files.isRemote }

  /// What the engine said while it read a file, as a fault of the file; anything else as it is.
  ///
  /// - Parameters:
  ///   - path: where the engine read it, of which people know nothing.
  ///   - form: what it should be: `CSV`.
  func fault(
    _ error: CatchmentError, of unit: Unit, at path: String, as form: String, hint: String
  ) -> CatchmentError {
    guard error.code == .failed || error.code == .configuration, !error.isLackOfMemory else {
      return error
    }
    let cause = (error.cause ?? error.message).replacing(path, with: unit.path)
    return CatchmentError(
      .validation, "the file cannot be read as \(form)", at: .init(file: unit.path), hint: hint,
      cause: cause)
  }

  public func fetch(_ wanted: [UnitFetch]) async -> [Result<FetchedUnit, CatchmentError>] {
    do throws(CatchmentError) {
      guard let remote = try files.remote() else { return [] }
      let downloader = Downloader(remote.options)
      let results = await RemoteFetch(remote: remote, downloader: downloader).all(wanted)
      await downloader.close()
      return results
    } catch {
      return wanted.map { _ in .failure(error) }
    }
  }
}

/// Fetches the units of a source.
private struct RemoteFetch {
  let remote: any RemoteFiles
  let downloader: Downloader

  func all(_ wanted: [UnitFetch]) async -> [Result<FetchedUnit, CatchmentError>] {
    await withTaskGroup(of: (Int, Result<FetchedUnit, CatchmentError>).self) { group in
      for (place, fetch) in wanted.enumerated() {
        group.addTask { (place, await result(of: fetch)) }
      }
      var found: [Int: Result<FetchedUnit, CatchmentError>] = [:]
      for await (place, result) in group { found[place] = result }
      return wanted.indices.map { found[$0] ?? .failure(.interrupted) }
    }
  }

  private func result(of fetch: UnitFetch) async -> Result<FetchedUnit, CatchmentError> {
    do throws(CatchmentError) { return .success(try await one(fetch)) } catch {
      return .failure(error)
    }
  }

  /// A file that came whole in a run that ended before it was kept is not sent again.
  private func one(_ fetch: UnitFetch) async throws(CatchmentError) -> FetchedUnit {
    let note = "\(fetch.path).version"
    var download = try remote.download(of: fetch.unit)
    let known = try FileSum(of: fetch.path)
    let before = Unit.Fingerprint.current(of: "\(fetch.path).part")?.size ?? 0
    download.known = known == nil ? nil : try FileVersion(keptAt: note)
    switch try await downloader.download(download, to: fetch.path) {
    case .unchanged:
      guard let known else { throw CatchmentError(.failed, "\(fetch.path) is gone") }
      return FetchedUnit(sha256: known.sha256, size: known.size, received: 0)
    case .file(let file):
      if file.version.isExact { try file.version.keep(at: note) }
      return FetchedUnit(
        sha256: file.sha256, size: file.size, received: file.size - min(before, file.resumed))
    }
  }
}
