import Catchment
import DuckDB
import Testing

@Suite struct `A workbench` {
  @Test(arguments: [(128, 1), (191, 1), (192, 2), (512, 2)])
  func `has one thread alone where the engine has little memory`(
    mebibytes: Int, threads: Int64
  ) throws {
    let bench = try Workbench(memory: mebibytes << 20, threads: 2)
    #expect(try bench.query("SELECT current_setting('threads')") == [[.integer(threads)]])
  }
}
