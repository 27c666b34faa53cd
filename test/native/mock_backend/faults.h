// What the mock is told to get wrong, by GRIDSTRIDE_MOCK: words and counts separated by commas.
#pragma once

#include <cstdlib>
#include <string>

namespace gridstride::mock {

// no_driver, old_driver, no_device, broken_device (the first cannot be asked), abi_refused, abi_other: as they say.
// real: the devices do not call themselves an emulation.
inline bool is_told(const std::string& word) {
  const char* text = std::getenv("GRIDSTRIDE_MOCK");
  return text != nullptr && ("," + std::string(text) + ",").find("," + word + ",") != std::string::npos;
}

// The N of "name=N", or 0. submit: the Nth call fails; reserve: the Nth and every later one finds no memory;
// memory: bytes of each device.
inline long told_number(const std::string& name) {
  const char* text = std::getenv("GRIDSTRIDE_MOCK");
  const std::string all = "," + std::string(text == nullptr ? "" : text);
  const size_t at = all.find("," + name + "=");
  return at == std::string::npos ? 0 : std::atol(all.c_str() + at + name.size() + 2);
}

}  // namespace gridstride::mock
