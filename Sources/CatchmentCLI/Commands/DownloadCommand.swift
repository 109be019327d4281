import ArgumentParser
import Catchment
import CatchmentConnectors
import CatchmentEngine
import Foundation

struct DownloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "download",
    abstract: "Download files, and go on where an earlier try was cut.",
    discussion: """
      What came of a file stays beside its place as NAME.part until it is whole, and a later run goes
      on with it when the server still has the same version. A file that is there and has not changed
      on the server is left as it is.

      Servers of this machine and its network, and other hosts that are redirected to, are asked only
      when --allow names them. Requests go through the proxies that http_proxy, https_proxy, all_proxy and
      no_proxy name.

      Examples:
        catchment download https://example.org/data.zip
        catchment download https://example.org/a.csv https://example.org/b.csv -o data
        catchment download https://example.org/data.zip --sha256 9f86d081884c7d65…
        catchment download http://127.0.0.1:8000/data.csv --allow 127.0.0.1 --json
      """)

  @Argument(help: "The URLs of the files: http or https.")
  var urls: [String]

  @Option(name: [.short, .long], help: "Where to: a file for one URL, or a folder.")
  var output: String?

  @Option(help: "What the file's bytes must hash to, for one URL.")
  var sha256: String?

  @Option(help: "A host that may be private, or redirected to. May be repeated.")
  var allow: [String] = []

  @Option(help: "The most bytes a second, all files together, such as 2MiB.")
  var rate: ByteSize?

  @Option(
    help: "A server that sends fewer bytes a second, for 30 seconds, is asked anew for the rest.")
  var leastRate = ByteSize(LeastRate().bytesPerSecond)

  @Option(help: "Files of one host at a time.")
  var perHost = 4

  @Option(help: "How often a file is tried.")
  var tries = 6

  @Flag(help: "Download files too that have not changed.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Option(
    name: .customLong("home"),
    help: ArgumentHelp(
      "Where `catchment status` finds it. (default: $CATCHMENT_HOME, else ~/.catchment)",
      valueName: "folder"))
  var homePath: String?

  @OptionGroup var json: JSONOption

  func validate() throws {
    if perHost < 1 { throw ValidationError("--per-host is \(perHost); it must be 1 or more.") }
    if tries < 1 { throw ValidationError("--tries is \(tries); it must be 1 or more.") }
    if sha256 != nil, urls.count > 1 { throw ValidationError("--sha256 is for one URL.") }
  }

  func run() async throws {
    let wanted = try wanted()
    let line = TransferLine(isOn: !quiet && Terminal.Stream.error.isTerminal)
    let board = board(wanted.map(\.path))
    let downloader = Downloader(try options()) { progress in
      line.take(progress)
      board.take(progress)
    }
    let result: Result<[Downloaded], CatchmentError>
    do throws(CatchmentError) {
      result = .success(try await downloader.downloadAll(wanted))
    } catch {
      result = .failure(error)
    }
    await downloader.close()
    board.close()
    line.stop()
    for (item, file) in zip(wanted, try result.get()) {
      try DownloadedLine(path: item.path, url: item.download.address.text, file).print(json, quiet)
    }
  }

  private func options() throws -> Downloader.Options {
    var options = Downloader.Options()
    options.proxies = try .environment()
    options.perHost = perHost
    options.retry.tries = tries
    options.bytesPerSecond = rate?.bytes
    options.leastRate.bytesPerSecond = leastRate.bytes
    options.rules = HostRules(allowed: Set(allow))
    return options
  }

  private func board(_ paths: [String]) -> TransferBoard {
    let home = Home.resolve(homePath, environment: ProcessInfo.processInfo.environment)
    let first = paths.first.map { URL(filePath: $0).lastPathComponent } ?? ""
    let name = paths.count == 1 ? first : "\(first) and \(paths.count - 1) more"
    return TransferBoard(home, name, files: paths.count)
  }

  private func wanted() throws -> [(download: Download, path: String)] {
    var paths: Set<String> = []
    return try urls.map { url in
      let address = try WebAddress(url)
      let path = try path(of: address)
      guard paths.insert(path).inserted else {
        throw ValidationError("Two URLs would be the file \(path); download them one by one.")
      }
      let known = force ? nil : FileVersion(ofFileAt: path)
      return (Download(address, sha256: sha256, known: known), path)
    }
  }

  private func path(of address: WebAddress) throws -> String {
    var isFolder: ObjCBool = false
    let exists = output.map { FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) }
    if let output, urls.count == 1, exists == false || !isFolder.boolValue { return output }
    if let output, !isFolder.boolValue {
      throw ValidationError("\(output) is no folder; several files need one.")
    }
    guard let name = address.fileName else {
      throw ValidationError("\(address.text) does not end in a file's name; give one with -o.")
    }
    return output.map { "\($0)/\(name)" } ?? name
  }
}

extension TransferBoard {
  fileprivate func take(_ progress: Downloader.Progress) {
    switch progress {
    case .expected(let bytes): expect(bytes)
    case .came(let bytes): add(bytes: bytes)
    case .ended: add(files: 1)
    }
  }
}
