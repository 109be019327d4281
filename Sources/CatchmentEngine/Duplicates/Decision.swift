internal import Catchment
internal import DuckDB

/// That one conversation is the same as another, why, and what is done with it.
struct Decision {
  var level: DuplicatePolicy.Level
  var kept: Talk
  var duplicate: Talk
  /// Taken back by the user: the two count as different.
  var isUndone: Bool
  /// Of similar ones: the share in common by the signatures, and what was counted.
  var estimate: Double?
  var overlap: Overlap?

  /// The same for the two conversations whichever of them is kept.
  var id: UUIDBytes { UnorderedPair(kept.id, duplicate.id).decisionID }
}

/// Two conversations, in the order of their ids.
struct UnorderedPair: Hashable {
  let first: UUIDBytes
  let second: UUIDBytes

  init(_ a: UUIDBytes, _ b: UUIDBytes) {
    first = min(a, b)
    second = max(a, b)
  }

  var decisionID: UUIDBytes {
    StableID(platform: "catchment")("duplicate", "\(first)/\(second)")
  }
}

/// What was decided by a look at the tables, and how much work that was.
struct Verdict {
  var decisions: [Decision] = []
  /// Conversations whose words were read for a signature.
  var signed = 0
  /// Pairs of signatures that were compared.
  var compared = 0
  /// Pairs whose words were read.
  var read = 0
}
