/// Numbers as people read them.
enum Figures {
  /// As `1,234,567`.
  static func count(_ number: some BinaryInteger) -> String {
    let digits = Array("\(number.magnitude)")
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// As `11.7 MB`.
  static func bytes(_ number: some BinaryInteger) -> String {
    var amount = Double(number)
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    var unit = 0
    while amount >= 999.95, unit < units.count - 1 {
      amount /= 1_000
      unit += 1
    }
    return unit == 0 ? "\(number) B" : "\(fixed(amount, amount < 10 ? 2 : 1)) \(units[unit])"
  }

  /// As `0.45 s`, `12.3 s`, `3 min 4 s` or `2 h 5 min`.
  static func seconds(_ seconds: Double) -> String {
    let whole = Int(max(seconds, 0).rounded())
    if whole >= 3_600 { return "\(whole / 3_600) h \(whole % 3_600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(fixed(max(seconds, 0), seconds < 10 ? 2 : 1)) s"
  }

  /// As `85 ms` or `1.20 s`.
  static func milliseconds(_ number: Int64) -> String {
    number < 1_000 ? "\(number) ms" : seconds(Double(number) / 1_000)
  }

  /// As `$1,234.56`, with more digits for what is less than a cent.
  static func money(_ dollars: Double) -> String {
    let text = fixed(dollars, abs(dollars) < 0.01 && dollars != 0 ? 6 : 2)
    let parts = text.split(separator: ".")
    guard let whole = Int(parts[0]), parts.count == 2 else { return "$\(text)" }
    return "$\(count(whole)).\(parts[1])"
  }

  /// A bar of `width` characters at most, in eighths.
  static func bar(_ amount: Double, of most: Double, width: Int) -> String {
    guard most > 0, amount > 0 else { return "" }
    let eighths = max(Int((min(amount / most, 1) * Double(width * 8)).rounded()), 1)
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  /// How far something is, of 1: twenty characters and the percentage.
  static func meter(_ share: Double) -> String {
    let part = min(max(share, 0), 1)
    let filled = Int(part * 20)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    return "\(bar) \(Int(part * 100))%"
  }

  /// A curve of `width` characters at most, each as high as the largest of its part.
  static func curve(_ amounts: [Double], width: Int) -> String {
    guard let most = amounts.max(), most > 0, width > 0 else { return "" }
    let heights = Array("▁▂▃▄▅▆▇█")
    let count = min(amounts.count, width)
    return String(
      (0..<count).map { place in
        let part = amounts[place * amounts.count / count..<(place + 1) * amounts.count / count]
        let share = max(part.max() ?? 0, 0) / most
        return heights[min(Int(share * Double(heights.count)), heights.count - 1)]
      })
  }

  /// As `1 file` or `2 files`.
  static func of(_ number: Int, _ noun: String) -> String {
    "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// With so many digits after the point.
  static func fixed(_ number: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let scaled = (number.magnitude * Double(scale)).rounded()
    guard scaled < 9e15 else { return "\(number)" }
    let (whole, part) = Int(scaled).quotientAndRemainder(dividingBy: scale)
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let tail = "\(part)"
    return "\(sign)\(whole).\(String(repeating: "0", count: digits - tail.count))\(tail)"
  }
}
