internal import GRDB

/// The tables of `state.sqlite`, and how an older file becomes a newer one.
enum StateSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: runs, units, lease") { database in
      try database.execute(sql: first)
    }
    migrator.registerMigration("2: tuning") { database in
      try database.execute(sql: tuning)
    }
    return migrator
  }

  /// What runs were measured to take; nothing but speed is lost with it.
  private static let tuning = """
    CREATE TABLE tuning (
      id INTEGER PRIMARY KEY,
      pipeline TEXT NOT NULL,
      warehouse TEXT NOT NULL,
      threads INTEGER NOT NULL,
      memory INTEGER NOT NULL,
      batch INTEGER NOT NULL,
      units INTEGER NOT NULL,
      records INTEGER NOT NULL,
      seconds REAL NOT NULL,
      latency REAL NOT NULL,
      peak INTEGER
    );

    CREATE INDEX tuning_of ON tuning (pipeline, warehouse);
    """

  /// Times are microseconds since 1970, UTC.
  ///
  /// `warehouse` says which destination's markers are the truth about a run.
  private static let first = """
    CREATE TABLE runs (
      id TEXT NOT NULL PRIMARY KEY,
      pipeline TEXT NOT NULL,
      warehouse TEXT NOT NULL,
      kind TEXT NOT NULL,
      token INTEGER NOT NULL,
      started INTEGER NOT NULL,
      ended INTEGER,
      status TEXT NOT NULL,
      pid INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE units (
      run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      unit TEXT NOT NULL,
      path TEXT NOT NULL,
      size INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      plan TEXT NOT NULL CHECK (plan IN ('new', 'changed', 'vanished')),
      state TEXT NOT NULL
        CHECK (state IN ('planned', 'committed', 'failed', 'abandoned', 'rolled_back')),
      PRIMARY KEY (run, unit)
    ) WITHOUT ROWID;

    CREATE INDEX units_planned ON units (run) WHERE state = 'planned';

    CREATE TRIGGER units_are_immutable
    BEFORE UPDATE OF run, unit, path, size, modified, plan ON units
    BEGIN SELECT RAISE(ABORT, 'a planned unit is never changed'); END;

    CREATE TABLE lease (
      pipeline TEXT NOT NULL PRIMARY KEY,
      pid INTEGER NOT NULL,
      host TEXT NOT NULL,
      token INTEGER NOT NULL,
      taken INTEGER NOT NULL
    ) WITHOUT ROWID;
    """
}
