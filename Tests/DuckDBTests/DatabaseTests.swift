import DuckDB
import Foundation
import Testing

@Suite struct `A database` {
  @Test func `keeps a file, and opens it twice as one`() throws {
    try withFolder { folder in
      let path = folder + "/a.duckdb"
      let first = try Database(path: path)
      try first.connect().execute("CREATE TABLE t AS SELECT 1 AS a")
      let second = try Database(path: path)
      #expect(try second.connect().query("FROM t").scalar() == 1)
      first.close()
      second.close()
      let readOnly = try Database(path: path, options: .init(readOnly: true)).connect()
      #expect(failure { try readOnly.execute("DROP TABLE t") }?.code == .invalidInput)
    }
  }

  @Test func `names the process that holds its file`() throws {
    try withFolder { folder in
      let path = folder + "/a.duckdb"
      try Database(path: path).connect().execute("CREATE TABLE t (a INT)")
      let holder = Process()
      holder.executableURL = URL(filePath: "/usr/bin/perl")
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/perl") else { return }
      // struct flock on 64-bit Linux: type, whence, start, length, pid.
      holder.arguments = [
        "-e",
        """
        use Fcntl; $| = 1; open(F, '+<', $ARGV[0]); my $l = pack('s s x4 q q i x4', F_WRLCK, 0, 0, 0, 0);
        fcntl(F, F_SETLK, $l) or die; print "held\\n"; sleep 30;
        """, path,
      ]
      let output = Pipe()
      holder.standardOutput = output
      try holder.run()
      defer { holder.terminate() }
      _ = output.fileHandleForReading.availableData
      let error = failure { _ = try Database(path: path) }
      #expect(error?.code == .locked)
      #expect(error?.holder == holder.processIdentifier)
    }
  }

  @Test func `tells a damaged file from a missing one`() throws {
    try withFolder { folder in
      let path = folder + "/b.duckdb"
      try Data(repeating: 65, count: 20_000).write(to: URL(filePath: path))
      #expect(failure { _ = try Database(path: path) }?.code == .corrupt)
      #expect(failure { _ = try Database(path: folder + "/no/c.duckdb") }?.code == .io)
    }
  }

  @Test func `refuses settings it does not have`() throws {
    let error = failure { _ = try Database(options: .init(extra: ["absent": "1"])) }
    #expect(error?.code == .invalidInput)
    #expect(Database.libraryVersion == "v2.0.1")
  }

  @Test func `spills within its memory limit`() throws {
    try withFolder { folder in
      let options = Database.Options(
        memoryLimit: 40 << 20, threads: 2, temporaryDirectory: folder + "/spill")
      let connection = try connect(options)
      try connection.execute(
        "CREATE TABLE t AS SELECT md5(range::VARCHAR) || range AS s FROM range(1500000)")
      let spilled = "SELECT (sum(size) > 0) FROM duckdb_temporary_files()"
      #expect(try connection.query(spilled).scalar() == true)
      #expect(
        try connection.query("SELECT sum(s[33:]::INT)::BIGINT FROM t").scalar()
          == 1_124_999_250_000)
    }
  }

  @Test func `runs out of memory with an error, not a crash`() throws {
    let options = Database.Options(memoryLimit: 8 << 20, threads: 1, temporaryDirectory: "")
    let connection = try connect(options)
    let sql = "CREATE TABLE t AS SELECT md5(range::VARCHAR) AS s FROM range(1000000)"
    let error = failure { try connection.execute(sql) }
    #expect(error?.code == .outOfMemory)
  }
}
