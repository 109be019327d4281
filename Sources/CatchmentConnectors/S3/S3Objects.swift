internal import Catchment

/// Objects of a bucket, as a source reads them: one, those under a prefix, or those that a pattern
/// names.
struct S3Objects: RemoteFiles {
  private let place: S3Place
  private let account: S3Account
  let options: Downloader.Options

  init(_ path: String, _ access: RemoteAccess) throws(CatchmentError) {
    place = try S3Place(path)
    account = try S3Account(access.s3)
    options = try access.options(naming: [try account.address(place.bucket).host])
  }

  /// In the order of their keys.
  func discovery(for source: String, _ packing: Packing?) throws(CatchmentError) -> Discovery {
    let bucket = S3Bucket(place.bucket, account, options)
    defer { bucket.close() }
    let objects = try find(in: bucket, packing)
    guard !objects.isEmpty else {
      throw CatchmentError(
        .sourceUnavailable, "there is no object \(place.path(of: place.key))",
        hint: "check the key; * stands for anything but a slash, ** for anything")
    }
    return Discovery(
      units: objects.map { object in
        Unit(
          source: source, path: place.path(of: object.key),
          fingerprint: .init(size: object.size, modified: object.version.mark))
      })
  }

  private func find(
    in bucket: S3Bucket, _ packing: Packing?
  ) throws(CatchmentError) -> [S3Object] {
    let pattern = KeyPattern(place.key)
    let listed = try bucket.list(prefix: pattern.prefix).filter { !$0.key.hasSuffix("/") }
    guard pattern.isPlain else { return listed.filter { pattern.fits($0.key) } }
    if let object = listed.first(where: { $0.key == place.key }) { return [object] }
    let isFolder = place.key.isEmpty || place.key.hasSuffix("/")
    let folder = isFolder ? place.key : "\(place.key)/"
    return listed.filter { object in
      object.key.hasPrefix(folder) && packing?.mayHold(object.key) ?? true
    }
  }

  func download(of unit: Unit) throws(CatchmentError) -> Download {
    let account = account
    let address = try account.address(place.bucket, place.key(of: unit.path))
    return Download(address, headers: { account.signed("GET", $0) })
  }
}
