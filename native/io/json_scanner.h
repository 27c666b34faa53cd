// The pieces of JSON a safetensors header is made of, from bytes nobody vouches for: objects, arrays, strings and
// whole numbers, read forwards without recursion. There is no generic value: what a header may not hold cannot be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gridstride::io {

class JsonScanner {
 public:
  // `file` is named by the errors.
  JsonScanner(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  // Throws Error(kCheckpoint) unless the next character is `c`.
  void expect(char c);
  // Takes `c` if it comes next.
  bool take(char c);
  // A string, escapes resolved; must be valid UTF-8.
  std::string string();
  // A whole number in [0, 2^53].
  int64_t number();
  // Throws unless only white space is left.
  void expect_end();
  // Calls body() for each element until `close`; the opening bracket was taken.
  template <class Body>
  void each(char close, Body&& body) {
    if (take(close)) return;
    do body();
    while (take(','));
    expect(close);
  }

  [[noreturn]] void fail(const std::string& rule) const;

 private:
  void skip_space();
  void escape(std::string* out);
  uint32_t hex4();

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
};

// Whether the bytes are UTF-8 without surrogates and over-long forms.
bool is_utf8(std::string_view text);

}  // namespace gridstride::io
