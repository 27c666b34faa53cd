// Which keys a query of attention_decode sees, and how a sequence's keys are cut into splits that are worked on apart
// and merged in order, for every implementation. The cut depends on the sequence's own lengths alone.
#pragma once

#include "kernels/attention/attention_decode.h"
#include "kernels/attention/attention_mask.h"
#include "kernels/common/host_device.h"

namespace gridstride {

constexpr int64_t kDecodeSplitKeys = 256;  // a split's length is a whole number of these
constexpr int64_t kDecodeSplits = 64;      // of a sequence, at most

// Keys that query i of sq sees in a sequence of `length` keys. Both ends grow with i.
GS_HOST_DEVICE AttentionRange decode_keys(const AttentionDecodeArgs& args, int64_t i, int64_t sq, int64_t length) {
  const int64_t position = length - sq + i;
  return {args.window >= 0 && position > args.window ? position - args.window : 0, position + 1};
}

// Split s has keys [begin + s keys, begin + (s + 1) keys), none at or past `end`.
struct DecodeSplits {
  int64_t begin, end, keys, count;
};

GS_HOST_DEVICE DecodeSplits decode_splits(const AttentionDecodeArgs& args, int64_t sq, int64_t length) {
  const int64_t begin = sq > 0 ? decode_keys(args, 0, sq, length).begin : length, span = length - begin;
  const int64_t units = (span + kDecodeSplitKeys - 1) / kDecodeSplitKeys;
  const int64_t keys = (units + kDecodeSplits - 1) / kDecodeSplits * kDecodeSplitKeys;
  return {begin, length, keys, keys > 0 ? (span + keys - 1) / keys : 0};
}

// The most splits that any lengths give a sequence.
GS_HOST_DEVICE int64_t most_decode_splits(const AttentionDecodeArgs& args) {
  int64_t span = args.max_pages * args.page_size;
  if (args.window >= 0 && args.window + args.max_sq < span) span = args.window + args.max_sq;
  const int64_t units = (span + kDecodeSplitKeys - 1) / kDecodeSplitKeys;
  return units < kDecodeSplits ? units : kDecodeSplits;
}

}  // namespace gridstride
