// A block's shared memory: an arena from which static arrays and the parts of dynamic shared memory are cut, each with
// a red zone on both sides. Fresh memory and red zones are NaN in every float type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gridstride::emulation {

class SharedMemory {
 public:
  static constexpr size_t kLimit = 227 * 1024;  // what one block may use on sm_90
  static constexpr size_t kRedZone = 512;

  struct Part {
    size_t offset, bytes;
    const void* key;  // a static array's, null for dynamic parts
    const char* name;
  };

  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // Empties the arena for a block launched with that many bytes of dynamic shared memory.
  void reset(size_t dynamic_bytes);
  // The array known by `key`, made on first use.
  void* static_array(const void* key, const char* name, size_t bytes);
  // Part `i` of dynamic shared memory: the first thread to ask makes it, the others must ask for the same.
  void* dynamic_part(size_t i, size_t bytes);

  bool contains(const void* p) const { return p >= base_ && p < base_ + kArena; }
  char* at(uint32_t address) const { return base_ + (address - kFirstAddress); }
  uint32_t address_of(const void* p) const;
  // What is wrong with touching `bytes` at `p`: empty when they lie within one part.
  std::string fault(const void* p, size_t bytes) const;
  // ` name, byte n` of a valid address, empty for memory that is not shared.
  std::string place_of(const void* p) const;
  // The first red zone somebody wrote into: empty when there is none.
  std::string damaged_red_zone() const;

 private:
  static constexpr size_t kArena = 512 * 1024;
  static constexpr uint32_t kFirstAddress = 0x400;  // so that null is no shared address

  void* cut(size_t bytes, const void* key, const char* name);
  std::string name_of(const Part& part) const;

  std::unique_ptr<char[], void (*)(char*)> arena_;
  char* base_;
  size_t used_ = 0;
  size_t dynamic_bytes_ = 0, dynamic_used_ = 0, total_ = 0;
  std::vector<Part> parts_;
  std::vector<size_t> dynamic_;  // indices into parts_
};

}  // namespace gridstride::emulation
