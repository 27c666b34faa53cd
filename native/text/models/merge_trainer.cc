#include "native/text/models/merge_trainer.h"

#include <algorithm>
#include <map>
#include <queue>
#include <utility>

namespace gridstride::text {
namespace {

using Pair = std::pair<uint32_t, uint32_t>;

struct PairHash {
  size_t operator()(const Pair& p) const {
    return ((uint64_t{p.first} << 32) | p.second) * 0x9E3779B97F4A7C15ull >> 20;
  }
};

struct PairState {
  int64_t count = 0;
  std::vector<uint32_t> words;  // where it was met; may name words it has left, and a word twice
};

struct Candidate {
  int64_t count;
  Pair pair;
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

class Trainer {
 public:
  Trainer(const TrainerOptions& options, Cancelled cancelled) : options_(options), cancelled_(cancelled) {}

  TrainedVocabulary run(const WordCounts& counts) {
    for (const std::u32string& token : options_.special_tokens) id_of(token);
    add_words(counts, kept_characters(counts));
    count_pairs();
    while (tokens_.size() < options_.vocab_size && merge_best()) {
    }
    return {std::move(tokens_), std::move(merges_)};
  }

 private:
  struct WordState {
    std::vector<uint32_t> symbols;
    int64_t count;
  };

  uint32_t id_of(const std::u32string& token) {
    const auto [entry, added] = ids_.try_emplace(token, static_cast<uint32_t>(tokens_.size()));
    if (added) tokens_.push_back(token);
    return entry->second;
  }

  std::u32string kept_characters(const WordCounts& counts) const;
  void add_words(const WordCounts& counts, const std::u32string& alphabet);
  void count_pairs();
  bool merge_best();
  void merge_in(uint32_t word, const Pair& pair, uint32_t merged);
  void change(const Pair& pair, int64_t by, uint32_t word);
  std::u32string merged_token(const Pair& pair) const;
  bool too_long(const std::u32string& token) const;

  const TrainerOptions& options_;
  Cancelled cancelled_;
  std::vector<std::u32string> tokens_;
  std::unordered_map<std::u32string, uint32_t> ids_;
  std::vector<WordState> words_;
  std::unordered_map<Pair, PairState, PairHash> pairs_;
  std::vector<Pair> grown_;  // pairs that a merge made more frequent
  std::priority_queue<Candidate> queue_;
  std::vector<Merge> merges_;
  uint32_t steps_ = 0;
};

std::u32string Trainer::kept_characters(const WordCounts& counts) const {
  std::map<char32_t, uint64_t> met;
  for (const auto& [word, count] : counts) {
    for (const char32_t c : word) met[c] += count;
  }
  for (const char32_t c : options_.initial_alphabet) met[c] = UINT64_MAX;
  std::vector<std::pair<char32_t, uint64_t>> kept(met.begin(), met.end());
  if (options_.limit_alphabet > 0 && kept.size() > options_.limit_alphabet) {
    std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    kept.resize(options_.limit_alphabet);
  }
  std::u32string alphabet;
  for (const auto& entry : kept) alphabet.push_back(entry.first);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

// Characters outside the alphabet are left out of their words, as in Hugging Face's trainer.
void Trainer::add_words(const WordCounts& counts, const std::u32string& alphabet) {
  std::map<char32_t, uint32_t> first_ids, later_ids;
  for (const char32_t c : alphabet) first_ids[c] = id_of(std::u32string(1, c));
  for (const auto& [word, count] : counts) {
    for (size_t i = 1; i < word.size(); ++i) {
      if (first_ids.contains(word[i])) later_ids[word[i]] = 0;
    }
  }
  for (auto& [c, id] : later_ids) id = id_of(options_.prefix + c);
  std::vector<const WordCounts::value_type*> sorted;
  for (const auto& entry : counts) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* entry : sorted) {
    WordState state{{}, static_cast<int64_t>(entry->second)};
    for (size_t i = 0; i < entry->first.size(); ++i) {
      const auto& ids = i == 0 ? first_ids : later_ids;
      const auto found = ids.find(entry->first[i]);
      if (found != ids.end()) state.symbols.push_back(found->second);
    }
    words_.push_back(std::move(state));
  }
}

void Trainer::count_pairs() {
  for (uint32_t w = 0; w < words_.size(); ++w) {
    const auto& symbols = words_[w].symbols;
    for (size_t i = 1; i < symbols.size(); ++i) change({symbols[i - 1], symbols[i]}, words_[w].count, w);
  }
  grown_.clear();
  for (const auto& [pair, state] : pairs_) queue_.push({state.count, pair});
}

void Trainer::change(const Pair& pair, int64_t by, uint32_t word) {
  PairState& state = pairs_[pair];
  state.count += by;
  if (by <= 0) return;
  if (state.words.empty() || state.words.back() != word) state.words.push_back(word);
  grown_.push_back(pair);
}

// One merge; false when no pair is frequent enough.
bool Trainer::merge_best() {
  if (steps_++ % 64 == 0) throw_if_cancelled(cancelled_);
  Candidate best{};
  for (;;) {
    if (queue_.empty()) return false;
    best = queue_.top();
    queue_.pop();
    const int64_t now = pairs_[best.pair].count;
    if (now == best.count) break;
    if (now > 0 && now < best.count) queue_.push({now, best.pair});
  }
  if (best.count < 1 || static_cast<uint64_t>(best.count) < options_.min_frequency) return false;
  const std::u32string token = merged_token(best.pair);
  // The count stays, as in Hugging Face's trainer: should another merge form the pair again, it counts on from there.
  std::vector<uint32_t> words = std::exchange(pairs_[best.pair].words, {});
  if (too_long(token)) return true;
  const uint32_t merged = id_of(token);
  merges_.push_back({best.pair.first, best.pair.second, merged});
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (const uint32_t word : words) merge_in(word, best.pair, merged);
  std::sort(grown_.begin(), grown_.end());
  grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
  for (const Pair& pair : grown_) {
    if (const int64_t count = pairs_[pair].count; count > 0) queue_.push({count, pair});
  }
  grown_.clear();
  return true;
}

// Replaces the pair in one word and corrects the counts of its neighbours.
void Trainer::merge_in(uint32_t word, const Pair& pair, uint32_t merged) {
  auto& symbols = words_[word].symbols;
  const int64_t count = words_[word].count;
  size_t to = 0;
  for (size_t from = 0; from < symbols.size(); ++to) {
    const bool here = from + 1 < symbols.size() && symbols[from] == pair.first && symbols[from + 1] == pair.second;
    if (!here) {
      symbols[to] = symbols[from++];
      continue;
    }
    if (to > 0) {
      change({symbols[to - 1], pair.first}, -count, word);
      change({symbols[to - 1], merged}, count, word);
    }
    from += 2;
    if (from < symbols.size()) {
      change({pair.second, symbols[from]}, -count, word);
      change({merged, symbols[from]}, count, word);
    }
    symbols[to] = merged;
  }
  symbols.resize(to);
}

std::u32string Trainer::merged_token(const Pair& pair) const {
  std::u32string_view second = tokens_[pair.second];
  if (second.starts_with(options_.prefix)) second.remove_prefix(options_.prefix.size());
  return tokens_[pair.first] + std::u32string(second);
}

bool Trainer::too_long(const std::u32string& token) const {
  if (options_.max_token_length == 0) return false;
  const bool has_prefix = token.size() > options_.prefix.size() && token.starts_with(options_.prefix);
  return token.size() - (has_prefix ? options_.prefix.size() : 0) > options_.max_token_length;
}

}  // namespace

TrainedVocabulary train_merges(const WordCounts& counts, const TrainerOptions& options, Cancelled cancelled) {
  return Trainer(options, cancelled).run(counts);
}

}  // namespace gridstride::text
