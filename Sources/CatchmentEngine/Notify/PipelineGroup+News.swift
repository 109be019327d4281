internal import Catchment

extension PipelineGroup {
  /// Runs something, and tells the receivers of it; they are waited for when it is over, and never keep
  /// it from being well.
  func telling<R>(
    _ giveUp: (Undelivered) -> Void, _ body: (RunNews) async throws(CatchmentError) -> R
  ) async throws(CatchmentError) -> R {
    let news = RunNews(self)
    do throws(CatchmentError) {
      let result = try await body(news)
      for failure in await news.finish(nil) { giveUp(failure) }
      return result
    } catch {
      news.fail(error)
      for failure in await news.finish(error) { giveUp(failure) }
      throw error
    }
  }
}
