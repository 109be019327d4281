import Catchment
import CatchmentEngine
import Foundation

/// The files of conversations, as the raw store of a home has them.
final class FileShelf {
  /// A larger image is named, not shown: a page has to be opened.
  private static let largest: Int64 = 16 << 20

  private let home: Home
  /// What was wrong with files that are there, in the order in which they were asked for.
  private(set) var damages: [CatchmentError] = []

  init(home: Home) { self.home = home }

  /// A file, as a page can show it.
  enum Shown {
    /// An image whose bytes are what its name and its type say.
    case image(Data)
    /// What is no image that can be shown, or too large a one.
    case named
    /// It is referred to, and not in the raw store.
    case gone
    /// It is there, and not what it should be.
    case damaged
  }

  func look(at file: TranscriptFile) -> Shown {
    guard let kept = KeptArtifact(sha256: file.sha256, in: home) else { return .named }
    guard let size = kept.size else { return .gone }
    guard file.imageExtension != nil, size <= Self.largest else { return .named }
    do throws(CatchmentError) {
      return .image(try bytes(of: kept, file))
    } catch {
      damages.append(error)
      return .damaged
    }
  }

  private func bytes(of kept: KeptArtifact, _ file: TranscriptFile) throws(CatchmentError) -> Data {
    var data = Data()
    try kept.read { (bytes) throws(CatchmentError) in data.append(contentsOf: bytes) }
    guard let claimed = file.imageType, MediaType(beginning: data)?.name == claimed else {
      throw CatchmentError(
        .validation, "the file is called \(file.mediaType ?? "nothing") and does not begin as one",
        at: .init(file: kept.path))
    }
    return data
  }
}

extension FileShelf.Shown {
  /// What a page says behind the file's name when it is not shown for a reason that matters.
  var remark: String {
    switch self {
    case .image, .named: ""
    case .gone: ", gone"
    case .damaged: ", damaged"
    }
  }
}
