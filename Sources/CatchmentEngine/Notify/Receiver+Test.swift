public import Catchment

extension Receiver {
  /// Sends a message that is marked as a test, and waits until it is taken or given up.
  ///
  /// - Parameters:
  ///   - kind: what it says happened; the first that the receiver asks for when it is nil.
  ///   - name: the pipeline's.
  /// - Returns: why it could not be told.
  public func test(of kind: RunEvent.Kind? = nil, named name: String) async -> Undelivered? {
    let (kind, now) = (kind ?? kinds.first ?? .failure, Clock.now())
    var event = RunEvent(kind, of: name, began: now, at: now, on: Lease.host)
    event.isTest = true
    var one = self
    one.kinds = [kind]
    let courier = Courier([one])
    courier.post(event)
    return await courier.finish().first
  }
}
