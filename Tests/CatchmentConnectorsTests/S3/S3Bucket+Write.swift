import Catchment
import Foundation
import NIOCore
import NIOHTTP1

@testable import CatchmentConnectors

/// What tests change on the server.
extension S3Bucket {
  /// An object's bytes; nil when there is none of this key.
  func get(_ key: String) throws(CatchmentError) -> [UInt8]? {
    let answer = try answer(request(.GET, key), expecting: [404])
    return answer.status == 404 ? nil : Array(answer.body.readableBytesView)
  }

  /// Puts bytes at a key.
  func put(_ body: NIOCore.ByteBuffer, as key: String) throws(CatchmentError) {
    _ = try answer(request(.PUT, key, headers: [], body: body))
  }

  func delete(_ key: String) throws(CatchmentError) {
    _ = try answer(request(.DELETE, key), expecting: [404])
  }
}
