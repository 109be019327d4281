internal import Catchment

/// Where conversations lie: on which machines, in which files.
enum PlaceViews {
  static let all = [places]

  private static let places = View(
    "conversation_places", "A file that holds a conversation or a part of it, and its machine",
    """
    SELECT r.scope_id AS conversation_id,
      coalesce(u.machine, (SELECT any_value(machine) FROM catchment.home)) AS machine,
      u.source, u.path, u.status, count(*) AS records
    FROM catchment.raw_records r JOIN catchment.units u ON u.unit_id = r.unit_id
    WHERE r.scope_id IS NOT NULL
    GROUP BY ALL
    """)
}
