internal import Catchment
internal import CatchmentEngine

/// Migrations of a follower: down and up again, each a transaction, with everything kept first.
struct FollowerMigrations {
  private let contract: FollowerContract

  init(_ contract: FollowerContract) { self.contract = contract }

  func check() async throws {
    let bed = try FollowerBed(contract, "migrated")
    try bed.lay(0..<3)
    _ = try await bed.run()
    let migrations = WarehouseMigrations.all.map(\.version)
    for goal in [WarehouseMigrations.baseline] + migrations.dropLast() {
      try checkWay(down: goal, bed)
      try expect(try await bed.run().kind == .comparison, "a migration is not noticed")
      try bed.expectSame("after a publication into tables of version \(goal)")
    }
    try checkWay(down: WarehouseMigrations.baseline, bed)
    _ = try FollowerMigration(bed.follower()).run(
      to: WarehouseMigrations.newest, .up, backsUp: false)
    try expect(try version(bed) == WarehouseMigrations.newest, "it does not go up")
    try expect(try await bed.run().kind == .comparison, "a migration up is not noticed")
    try bed.expectSame("after it went down, up, and was published into")
    try checkFailure(bed)
  }

  private func version(_ bed: FollowerBed) throws -> SchemaVersion {
    try FollowerMigration(bed.follower()).status().version
  }

  private func checkWay(down goal: SchemaVersion, _ bed: FollowerBed) throws {
    let outcome = try FollowerMigration(bed.follower()).run(to: goal, .down, backsUp: false)
    try expect(outcome.to == goal && (try version(bed)) == goal, "it is not of version \(goal)")
    let columns = try contract.rows(bed.place, "SELECT * FROM conversations LIMIT 1").first?.count
    let all = try bed.work.rows("SELECT * FROM conversations LIMIT 1").first?.count ?? 0
    let lost = WarehouseMigrations.all.filter { $0.version > goal }.flatMap(\.changes).count {
      if case .column(_, .main("conversations"), _) = $0 { true } else { false }
    }
    try expect(
      columns == all + 1 - lost,
      "conversations have \(columns ?? 0) columns in version \(goal), \(lost) less than \(all + 1)")
  }

  /// A migration whose second step fails leaves what the first did undone.
  private func checkFailure(_ bed: FollowerBed) throws {
    let broken = Migration(
      SchemaVersion(9, 0, 0), "One that fails",
      [
        .column(.init("brief", "VARCHAR"), of: .main("messages")),
        .rows(up: SQLText("DELETE FROM no_such_table"), down: SQLText()),
      ])
    let before = try bed.contents()
    let migration = FollowerMigration(
      try bed.follower(), WarehouseMigrations.all + [broken])
    do throws(CatchmentError) {
      _ = try migration.run(to: broken.version, .up, backsUp: false)
      throw CatchmentError(.failed, "done")
    } catch {
      try expect(error.message != "done", "a migration that fails is done")
    }
    try expect(try bed.contents() == before, "a migration that failed left something behind")
    try bed.expectSame("after a migration that failed")
  }
}
