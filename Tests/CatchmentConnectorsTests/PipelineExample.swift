import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTransforms

func sumOfOrders(in folder: String) async throws -> PipelineReport {
  try await Pipeline("orders")
    .extract(.csv("\(folder)/orders.csv"))
    .transform(.filter("amount > 0"))
    .transform(.sql("SELECT city, sum(amount) AS amount FROM input GROUP BY city"))
    .load(.duckdb("\(folder)/out.duckdb", table: "sales", mode: .replace))
    .run(in: Home("\(folder)/home"))
}
