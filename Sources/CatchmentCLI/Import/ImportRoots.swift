import Catchment
import CatchmentConversations
import CatchmentEngine

/// Where an import looks, and what to say about it.
struct ImportRoots {
  let paths: [String]
  /// Files whose source is known beforehand, by path.
  var stated: [String: String] = [:]
  /// Said before the import when the places are not what one would expect.
  var notice: String?

  /// The paths given, and files of unified conversations; else the platforms' usual places; else,
  /// when those are empty, the examples.
  init(
    _ given: [String], copies: [String] = [], _ sources: SourceSet,
    _ environment: [String: String]
  ) throws(CatchmentError) {
    if !given.isEmpty || !copies.isEmpty {
      let unified = try copies.map(Self.absolute)
      paths = try given.map(Self.absolute) + unified
      for path in unified { stated[path] = UnifiedSource().name }
      return
    }
    let home = environment["HOME"] ?? "."
    let usual = sources.all.flatMap { $0.defaultRoots(home: home, environment: environment) }
    if !Discoverer(sources.all).candidates(usual).isEmpty {
      paths = usual
      return
    }
    let example = environment["CATCHMENT_EXAMPLES"] ?? "Examples/claude-code"
    let looked = usual.joined(separator: ", ")
    guard let absolute = FileWalk.absolute(example) else {
      throw CatchmentError(
        .sourceUnavailable, "there are no transcripts in \(looked)",
        hint: "name the folder they are in: `catchment import PATH`")
    }
    paths = [absolute]
    notice = """
      No transcripts in \(looked).
      Importing the examples instead: \(absolute)
      """
  }

  private static func absolute(_ path: String) throws(CatchmentError) -> String {
    guard let absolute = FileWalk.absolute(path) else {
      throw CatchmentError(
        .usage, "there is no file or folder \(path)", hint: "check how the path is spelt")
    }
    return absolute
  }
}
