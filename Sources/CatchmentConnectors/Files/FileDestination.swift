public import Catchment
internal import Foundation

/// Files of one format: one that is replaced as a whole, or a folder to which each load adds one.
///
/// Beside the data lies a manifest, `<file>.catchment.json` or `<folder>/.catchment.json`, with the
/// runs, the commit markers and what a rollback needs. A reader sees a file as it was before a load or
/// after it, never half of one.
public struct FileDestination<Format: FileFormat>: Destination, Configurable {
  public static var kind: String { Format.kind }
  public static var summary: String { Format.summary }
  public static var options: [StepOption<FileDestination>] {
    [
      .required(
        "path", \.path,
        "The file, s3://bucket/key, or - for standard output; with append a folder, a file a load."),
      .optional(
        "mode", \.loading.word, "replace puts a new file in the old one's place, append adds one."),
      .optional(
        "partition_by", \.partitionBy,
        "Columns by whose values rows go into folders, such as year=2026/month=3; the path is a folder."
      ),
      .optional("s3", \.access.s3, S3Settings.summary),
    ] + Format.options.map { $0.within(\.format) }
  }

  private var path = ""
  private var access = RemoteAccess()
  private var loading = LoadSettings(.replace)
  private var format = Format()
  private var partitionBy: [String] = []
  public var name: String { Self.kind }
  public var mode: LoadMode { loading.mode }

  public init() {}

  /// - Parameters:
  ///   - path: the file, or with `append` the folder, which is made when it is not there.
  ///   - mode: `replace` or `append`.
  ///   - partitionBy: columns by whose values rows go into folders of their own; the path then is a
  ///     folder in either mode.
  ///   - s3: of `s3://bucket/key`, where the server is and who asks.
  public init(
    _ path: String, format: Format = Format(), mode: LoadMode = .replace,
    partitionBy: [String] = [], s3: S3Settings = S3Settings()
  ) {
    self.path = path
    access.s3 = s3
    self.partitionBy = partitionBy
    self.format = format
    loading = LoadSettings(mode)
  }

  public mutating func locate(in directory: String) {
    if !isStream { path = Path.joined(path, to: directory) }
  }

  public func check() throws(OptionError) {
    try format.check()
    guard [.append, .replace].contains(loading.word) else {
      throw OptionError("cannot merge by a key; use replace or append, or load into a database")
    }
    guard !isStream || loading.word == .replace else {
      throw OptionError("cannot append to standard output; leave the mode out")
    }
    guard !isStream || partitionBy.isEmpty else {
      throw OptionError("cannot partition standard output; load into a folder")
    }
    try checkServer()
    guard Set(partitionBy.map { $0.lowercased() }).count == partitionBy.count else {
      throw OptionError("has a column twice in partition_by")
    }
  }

  private func checkServer() throws(OptionError) {
    guard let scheme = Path.scheme(of: path) else { return }
    guard scheme == "s3" else {
      throw OptionError("has a path on a web server; give one of this machine, or s3://bucket/key")
    }
    let key = path.dropFirst("s3://".count).drop { $0 != "/" }.dropFirst()
    guard mode == .append || !key.isEmpty else {
      throw OptionError("has a path that names a bucket alone; write it as s3://bucket/key")
    }
    guard partitionBy.isEmpty || mode == .append else {
      throw OptionError(
        "cannot replace folders of objects in one step; use append, or leave partition_by out")
    }
  }

  private var isRemote: Bool { Path.scheme(of: path) != nil }

  public var place: String { isStream ? location : Path.absolute(path) ?? path }
  public var isStream: Bool { path == StandardStream.word }
  public var location: String {
    isStream ? "standard output, as \(name)" : "\(name):\(Path.absolute(path) ?? path)"
  }

  /// What a file's columns are is not looked at: it is replaced as a whole.
  public func look(
    for pipeline: String, loading rows: Relation?, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState {
    guard !isStream else { return DestinationState(shape: rows?.columns) }
    return DestinationState(
      units: try manifest().committedUnits(of: pipeline, in: files), shape: rows?.columns)
  }

  private func manifest() throws(CatchmentError) -> FileManifest {
    let store: any FileStore =
      isRemote
      ? try S3Store(path, access, scratch: nil) : try FolderStore(files, isWritten: false)
    defer { store.close() }
    return try FileManifest.read(files.manifest, in: store)
  }

  private var files: FilePlace {
    guard mode == .append else { return FilePlace(file: path) }
    // A key that ends with a slash is the folder that it names without.
    let folder = isRemote && path.hasSuffix("/") ? String(path.dropLast()) : path
    return FilePlace(folder: folder, ending: Format.ending)
  }

  /// Throws `locked` when another process loads into it, `destinationUnavailable` when its directory
  /// or bucket is not there or cannot be written to, `configuration` when the server refuses who asks.
  public func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    guard !isStream else { return StreamSession(copyOptions: format.copyOptions, bench: bench) }
    let store = try store(for: bench)
    do throws(CatchmentError) {
      return try FileSession(
        place: files, in: store, data: data(in: store, bench), pipeline: pipeline, bench: bench)
    } catch {
      store.close()
      throw error
    }
  }

  private func store(for bench: Workbench) throws(CatchmentError) -> any FileStore {
    guard isRemote else { return try FolderStore(files, isWritten: true) }
    let scratch = bench.spill.isEmpty ? FileManager.default.temporaryDirectory.path : bench.spill
    return try S3Store(path, access, scratch: scratch)
  }

  private func data(in store: any FileStore, _ bench: Workbench) -> any FileData {
    let copy = FileCopy(options: format.copyOptions, bench: bench)
    guard !partitionBy.isEmpty else { return OneFile(place: files, store: store, copy: copy) }
    let writer = PartitionWriter(partitionBy: partitionBy, ending: Format.ending, copy: copy)
    return mode == .append
      ? AddedFiles(place: files, store: store, writer: writer)
      : FileTree(place: files, root: path, store: store, writer: writer)
  }
}

extension Destination where Self == FileDestination<CSVFormat> {
  /// A file of comma-separated values, or a folder of them.
  public static func csv(
    _ path: String, mode: LoadMode = .replace, partitionBy: [String] = [],
    s3: S3Settings = S3Settings()
  ) -> Self {
    FileDestination(path, mode: mode, partitionBy: partitionBy, s3: s3)
  }
}

extension Destination where Self == FileDestination<JSONFormat> {
  /// A file with an array of objects, or a folder of them.
  public static func json(
    _ path: String, mode: LoadMode = .replace, partitionBy: [String] = [],
    s3: S3Settings = S3Settings()
  ) -> Self {
    FileDestination(path, mode: mode, partitionBy: partitionBy, s3: s3)
  }
}

extension Destination where Self == FileDestination<JSONLinesFormat> {
  /// A file of an object a line, or a folder of them.
  public static func jsonl(
    _ path: String, mode: LoadMode = .replace, partitionBy: [String] = [],
    s3: S3Settings = S3Settings()
  ) -> Self {
    FileDestination(path, mode: mode, partitionBy: partitionBy, s3: s3)
  }
}

extension Destination where Self == FileDestination<ParquetFormat> {
  /// A file of Parquet, or a folder of them.
  public static func parquet(
    _ path: String, mode: LoadMode = .replace, partitionBy: [String] = [],
    s3: S3Settings = S3Settings()
  ) -> Self {
    FileDestination(path, mode: mode, partitionBy: partitionBy, s3: s3)
  }
}
