#include "native/emulation/shared_memory.h"

#include <algorithm>
#include <cstring>

#include "native/emulation/address_sanitizer.h"
#include "native/emulation/failure.h"

namespace gridstride::emulation {

namespace {

constexpr int kPoison = 0xff;
constexpr size_t kAlignment = 128;  // of every part: enough for any copy instruction

size_t round_up(size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

SharedMemory::SharedMemory()
    : arena_(static_cast<char*>(::operator new[](kArena, std::align_val_t{kAlignment})),
             [](char* p) { ::operator delete[](p, std::align_val_t{kAlignment}); }),
      base_(arena_.get()) {
  memset(base_, kPoison, kArena);
}

SharedMemory::~SharedMemory() { unpoison(base_, kArena); }

void SharedMemory::reset(size_t dynamic_bytes) {
  unpoison(base_, kArena);
  memset(base_, kPoison, used_ + kRedZone);
  poison(base_, kArena);
  used_ = 0;
  dynamic_bytes_ = total_ = dynamic_bytes;
  dynamic_used_ = 0;
  parts_.clear();
  dynamic_.clear();
}

void* SharedMemory::cut(size_t bytes, const void* key, const char* name) {
  const size_t offset = used_ + kRedZone;
  if (offset + round_up(bytes) + kRedZone > kArena) fail("too many parts of shared memory");
  used_ = offset + round_up(bytes);
  parts_.push_back({offset, bytes, key, name});
  unpoison(base_ + offset, bytes);
  return base_ + offset;
}

void* SharedMemory::static_array(const void* key, const char* name, size_t bytes) {
  for (const Part& part : parts_)
    if (part.key == key) return base_ + part.offset;
  total_ += bytes;
  if (total_ > kLimit) fail("a block has " + std::to_string(kLimit) + " bytes of shared memory, got " + name);
  return cut(bytes, key, name);
}

void* SharedMemory::dynamic_part(size_t i, size_t bytes) {
  if (i < dynamic_.size()) {
    const Part& part = parts_[dynamic_[i]];
    if (part.bytes != bytes)
      fail("threads must take the same parts of dynamic shared memory, got " + std::to_string(bytes) + " and " +
           std::to_string(part.bytes) + " bytes");
    return base_ + part.offset;
  }
  dynamic_used_ = round_up(dynamic_used_) + bytes;
  if (dynamic_used_ > dynamic_bytes_)
    fail("the kernel takes " + std::to_string(dynamic_used_) + " bytes of dynamic shared memory, launched with " +
         std::to_string(dynamic_bytes_));
  dynamic_.push_back(parts_.size());
  return cut(bytes, nullptr, "dynamic part");
}

uint32_t SharedMemory::address_of(const void* p) const {
  if (!contains(p)) fail("a shared address is asked of memory that is not shared");
  return static_cast<uint32_t>(static_cast<const char*>(p) - base_) + kFirstAddress;
}

std::string SharedMemory::name_of(const Part& part) const {
  if (part.key) return part.name;
  for (size_t i = 0; i < dynamic_.size(); ++i)
    if (&parts_[dynamic_[i]] == &part) return "dynamic part " + std::to_string(i);
  return part.name;
}

std::string SharedMemory::fault(const void* p, size_t bytes) const {
  const auto offset = static_cast<size_t>(static_cast<const char*>(p) - base_);
  const Part* nearest = nullptr;
  for (const Part& part : parts_) {
    if (offset >= part.offset && offset + bytes <= part.offset + part.bytes) return "";
    if (offset + bytes > part.offset - std::min(part.offset, kRedZone / 2)) nearest = &part;
  }
  const std::string what = "out-of-bounds access of " + std::to_string(bytes) + " bytes to shared memory";
  if (!nearest) return what;
  return what + ", at byte " + std::to_string(static_cast<int64_t>(offset) - static_cast<int64_t>(nearest->offset)) +
         " of " + name_of(*nearest) + " (" + std::to_string(nearest->bytes) + " bytes)";
}

std::string SharedMemory::place_of(const void* p) const {
  if (!contains(p)) return "";
  const auto offset = static_cast<size_t>(static_cast<const char*>(p) - base_);
  for (const Part& part : parts_)
    if (offset >= part.offset && offset < part.offset + part.bytes)
      return " " + name_of(part) + ", byte " + std::to_string(offset - part.offset);
  return "";
}

std::string SharedMemory::damaged_red_zone() const {
  size_t from = 0;
  for (size_t i = 0; i <= parts_.size(); ++i) {
    const size_t to = i < parts_.size() ? parts_[i].offset : used_ + kRedZone;
    unpoison(base_ + from, to - from);
    for (size_t at = from; at < to; ++at)
      if (static_cast<unsigned char>(base_[at]) != kPoison) return fault(base_ + at, 1);
    poison(base_ + from, to - from);
    if (i < parts_.size()) from = parts_[i].offset + parts_[i].bytes;
  }
  return "";
}

}  // namespace gridstride::emulation
