internal import Foundation

/// Tells the label of a text by its words: softmax regression, trained on texts that have one.
///
/// Trained in one order with numbers of its own, so the same texts give the same classifier.
struct TextClassifier: Codable, Sendable {
  private static let rounds = 12
  private static let folds = 5
  private(set) var version = 1
  let labels: [String]
  /// How many of the training texts, each held out once, were told right.
  private(set) var right = 0
  private(set) var tried = 0
  /// A weight for each label at each place that a training text had.
  private var weights: [Int: [Float]] = [:]
  private var biases: [Float]

  struct Example: Sendable {
    var text: String
    var label: String
  }

  /// - Parameter examples: at least one of each label.
  init(trainedOn examples: [Example]) {
    labels = Set(examples.map(\.label)).sorted()
    biases = Array(repeating: 0, count: labels.count)
    var random = SplitMix(seed: 1)
    let prepared = random.chosen(examples.count, of: examples).map {
      (features: TextFeatures($0.text), label: labels.firstIndex(of: $0.label) ?? 0)
    }
    measure(prepared)
    learn(prepared)
  }

  private typealias Prepared = (features: TextFeatures, label: Int)

  /// Each fifth is told by a classifier that was trained on the others.
  private mutating func measure(_ examples: [Prepared]) {
    guard examples.count >= Self.folds else { return }
    for fold in 0..<Self.folds {
      var other = self
      other.learn(examples.enumerated().filter { $0.offset % Self.folds != fold }.map(\.element))
      for (place, example) in examples.enumerated() where place % Self.folds == fold {
        tried += 1
        if other.shares(of: example.features).best.place == example.label { right += 1 }
      }
    }
  }

  private mutating func learn(_ examples: [Prepared]) {
    for round in 0..<Self.rounds {
      let rate = 4 / Float(1 + round)
      for example in examples {
        let shares = shares(of: example.features).all
        for (label, share) in shares.enumerated() {
          adjust(label, example.features, rate * ((label == example.label ? 1 : 0) - share))
        }
      }
    }
  }

  private mutating func adjust(_ label: Int, _ features: TextFeatures, _ step: Float) {
    biases[label] += step * 0.02
    for word in features.words {
      for place in word.places {
        weights[place, default: Array(repeating: 0, count: labels.count)][label] +=
          step * features.weight
      }
    }
  }

  // MARK: Telling

  /// What a text is, how surely, and the words that say so.
  struct Verdict {
    var label: String
    var share: Float
    var words: [String]
  }

  func verdict(on text: String) -> Verdict? {
    let features = TextFeatures(text)
    let known = features.words.contains { word in weights[word.places.first ?? -1] != nil }
    guard !labels.isEmpty, known else { return nil }
    let best = shares(of: features).best
    var said: [String: Float] = [:]
    for word in features.words {
      let sum = word.places.reduce(Float(0)) { $0 + (weights[$1]?[best.place] ?? 0) }
      said[word.text, default: 0] += sum
    }
    let words = said.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return Verdict(
      label: labels[best.place], share: best.share, words: words.prefix(3).map(\.key))
  }

  private func shares(
    of features: TextFeatures
  ) -> (all: [Float], best: (place: Int, share: Float)) {
    var sums = biases
    for word in features.words {
      for place in word.places {
        guard let weights = weights[place] else { continue }
        for label in sums.indices { sums[label] += weights[label] * features.weight }
      }
    }
    let most = sums.max() ?? 0
    let powers = sums.map { exp($0 - most) }
    let total = powers.reduce(0, +)
    let all = powers.map { $0 / total }
    let place = all.indices.max { all[$0] < all[$1] } ?? 0
    return (all, (place, all[place]))
  }
}
