internal import Catchment

extension EngineTables {
  /// Which conversations are the same talk as another, and what is done with them.
  static let duplicates = TableSchema(
    "conversation_duplicates", key: "decision_id",
    columns: [
      .init("decision_id", "UUID"),
      .init("level", "VARCHAR"),
      .init("action", "VARCHAR"),
      .init("kept_id", "UUID"),
      .init("duplicate_id", "UUID"),
      .init("is_set_aside", "BOOLEAN"),
      .init("is_undone", "BOOLEAN"),
      .init("kept_raw_checksum", "VARCHAR"),
      .init("duplicate_raw_checksum", "VARCHAR"),
      .init("kept_content_hash", "VARCHAR"),
      .init("duplicate_content_hash", "VARCHAR"),
      .init("estimated_similarity", "DOUBLE"),
      .init("similarity", "DOUBLE"),
      .init("shared_shingles", "BIGINT"),
      .init("total_shingles", "BIGINT"),
      .init("time_distance_ms", "BIGINT"),
      .init("run", "INTEGER", isVolatile: true),
      .init("decided_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
    ])

  /// What is done on each level, where the user said so.
  static let duplicatePolicy = TableSchema(
    "duplicate_policy", key: "level",
    columns: [.init("level", "VARCHAR"), .init("action", "VARCHAR")])

  /// Decisions that the user took back.
  static let duplicatesUndone = TableSchema(
    "duplicates_undone", key: "first_id",
    columns: [
      .init("first_id", "UUID"),
      .init("second_id", "UUID"),
      .init("undone_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
    ])

  /// The signatures of conversations that could be similar to others; made anew when they are lost.
  static let signatures = TableSchema(
    "conversation_signatures", key: "conversation_id",
    columns: [
      .init("conversation_id", "UUID"),
      .init("content_hash", "VARCHAR"),
      .init("shingles", "BIGINT"),
      .init("model_shingles", "BIGINT"),
      .init("signature", "BLOB"),
    ])

  /// What similar conversations have in common; made anew when it is lost.
  static let similarPairs = TableSchema(
    "similar_pairs", key: "first_id",
    columns: [
      .init("first_id", "UUID"),
      .init("second_id", "UUID"),
      .init("first_hash", "VARCHAR"),
      .init("second_hash", "VARCHAR"),
      .init("shared", "BIGINT"),
      .init("total", "BIGINT"),
      .init("shared_of_model", "BIGINT"),
      .init("fewest_of_model", "BIGINT"),
    ])

  /// The bookkeeping of de-duplication.
  static let ofDuplicates = [duplicatePolicy, duplicatesUndone, signatures, similarPairs]
}
