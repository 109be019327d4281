/// What kind of answer a failure wants, whatever it was that failed.
///
/// `CatchmentError.Code` says what failed, and is the exit code; the class says whether trying again
/// can help.
public enum ErrorClass: String, OptionWord, Hashable {
  /// Somebody must set something right: a setting, a credential, a call, a decision.
  case configuration
  /// It may pass by itself: a place that cannot be reached, a lock that another holds.
  case transient
  /// A server has had enough for now, and may say until when.
  case quota
  /// The data is not as it should be, and will not be otherwise the next time.
  case data
  /// What ought not to happen: a step or Catchment itself did wrong, or its store is not as it was left.
  case bug
}
