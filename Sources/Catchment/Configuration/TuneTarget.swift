/// What a pipeline's settings are tuned for, by what its runs are measured to take.
public enum TuneTarget: String, OptionWord, Hashable {
  /// As many records a second as can be.
  case throughput
  /// As little memory as can be, as long as a run takes no more than half as long again.
  case memory
  /// As short a time as can be from beginning to read a unit until its rows are committed.
  case latency
}
