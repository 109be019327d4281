import Catchment
import Foundation

/// A file that is written where there is nothing yet.
struct StartingFile {
  let path: String

  func write(_ text: String) throws(CatchmentError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
    } catch CocoaError.fileWriteFileExists {
      throw CatchmentError(
        .refused, "\(path) is there already", hint: "remove it, or name another file")
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(path) cannot be written", cause: error.localizedDescription)
    }
  }
}
