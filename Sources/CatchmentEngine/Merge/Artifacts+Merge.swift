internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension Artifacts {
  /// Copies the artifacts that another home has and this one lacks; the result is how many.
  ///
  /// Throws `damaged` when one is not what its name says.
  func take(from other: Home) throws(CatchmentError) -> Int {
    var taken = 0
    let theirs = "\(other.raw)/artifacts"
    for folder in try Directory.entries(of: theirs) {
      for name in try Directory.entries(of: "\(theirs)/\(folder)")
      where Hex.bytes(name)?.count == 32
        && access("\(home.raw)/artifacts/\(folder)/\(name)", F_OK) != 0
      {
        let path = "\(theirs)/\(folder)/\(name)"
        guard try keep(path).sha256 == name else {
          throw CatchmentError(
            .damaged, "the artifact is not what its name says", at: .init(file: path),
            hint: "restore it from a copy, then merge again")
        }
        taken += 1
      }
    }
    return taken
  }
}
