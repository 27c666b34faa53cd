// Which keys a query sees and which random number a pair takes, for every implementation of attention.
#pragma once

#include <cstdint>

#include "kernels/attention/attention.h"
#include "kernels/common/host_device.h"

namespace gridstride {

struct AttentionRange {
  int64_t begin, end;  // empty where begin >= end
};

// Keys that query i of a sequence with sq queries and skv keys sees. Both ends grow with i.
GS_HOST_DEVICE AttentionRange visible_keys(const AttentionProblem& problem, int64_t i, int64_t sq, int64_t skv) {
  const int64_t position = i + skv - sq;
  AttentionRange range{0, skv};
  if (problem.is_causal && position + 1 < range.end) range.end = position + 1;
  if (problem.window >= 0 && position + problem.window + 1 < range.end) range.end = position + problem.window + 1;
  if (problem.window >= 0 && position - problem.window > range.begin) range.begin = position - problem.window;
  return range;
}

// Queries that see key j: the same rule read the other way.
GS_HOST_DEVICE AttentionRange visible_queries(const AttentionProblem& problem, int64_t j, int64_t sq, int64_t skv) {
  const int64_t aligned = j - skv + sq;  // the query that stands at the key
  AttentionRange range{0, sq};
  if (problem.is_causal && aligned > range.begin) range.begin = aligned;
  if (problem.window >= 0 && aligned - problem.window > range.begin) range.begin = aligned - problem.window;
  if (problem.window >= 0 && aligned + problem.window + 1 < range.end) range.end = aligned + problem.window + 1;
  return range;
}

// Keys among which query i sees the global ones.
GS_HOST_DEVICE AttentionRange visible_globals(const AttentionProblem& problem, int64_t i, int64_t sq, int64_t skv) {
  const int64_t end = i + skv - sq + 1;
  return {0, problem.is_causal && end < skv ? end : skv};
}

// Queries that see key j where it is global.
GS_HOST_DEVICE AttentionRange queries_of_global(const AttentionProblem& problem, int64_t j, int64_t sq, int64_t skv) {
  const int64_t aligned = j - skv + sq;
  return {problem.is_causal && aligned > 0 ? aligned : 0, sq};
}

// Where bucket_of holds the bucket of keys that stand `distance` behind their query.
GS_HOST_DEVICE int64_t bucket_place(int64_t reach, int64_t distance) {
  return (distance < -reach ? -reach : distance > reach ? reach : distance) + reach;
}
// The same for key j seen from query i.
GS_HOST_DEVICE int64_t relative_place(int64_t reach, int64_t i, int64_t j, int64_t sq, int64_t skv) {
  return bucket_place(reach, j - (i + skv - sq));
}

// The Philox counter of keys 0 to 3 of query i in (batch b, head h), less the stream's own offset.
GS_HOST_DEVICE int64_t dropout_row(const AttentionProblem& problem, int64_t b, int64_t h, int64_t i) {
  return ((b * problem.heads + h) * problem.max_sq + i) * ((problem.max_skv + 3) / 4);
}

}  // namespace gridstride
