internal import Catchment

/// The files that messages and calls hold.
enum ArtifactViews {
  static let all = [artifacts]

  private static let artifacts = View(
    "artifacts", "A file that messages or calls hold; its bytes are in the raw store",
    ArtifactReferences.query())
}
