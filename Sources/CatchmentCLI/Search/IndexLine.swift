import CatchmentSearch

/// One line on stderr that says how far the search index is.
struct IndexLine {
  let isOn: Bool
  private var shown = -1

  init(isOn: Bool) { self.isOn = isOn }

  mutating func show(_ progress: IndexProgress) {
    guard isOn, progress.total > 5_000 else { return }
    let percent = min(progress.done * 100 / progress.total, 100)
    guard percent != shown else { return }
    shown = percent
    let meter = Figures.meter(Double(progress.done) / Double(progress.total))
    let text = "\(meter)  indexing \(Figures.count(progress.total)) messages and calls"
    Output.status("\r\u{1B}[K\(text.cut(to: Terminal.width - 1))")
  }

  func clear() {
    if isOn, shown >= 0 { Output.status("\r\u{1B}[K") }
  }
}
