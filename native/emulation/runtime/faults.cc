#include "native/emulation/runtime/faults.h"

#include <cstdlib>
#include <sstream>

namespace gridstride::emulation {

Faults parse_faults(const std::string& text) {
  Faults faults;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const int64_t number = equals == std::string::npos ? 0 : std::atoll(word.c_str() + equals + 1);
    if (name == "no_driver") faults.no_driver = true;
    if (name == "old_driver") faults.old_driver = true;
    if (name == "no_device") faults.no_device = true;
    if (name == "broken_device") faults.broken_device = true;
    if (name == "real") faults.real = true;
    if (name == "memory") faults.memory = number;
    if (name == "refused_launch") faults.refused_launch = number;
    if (name == "lost_launch") faults.lost_launch = number;
    if (name == "seed") faults.seed = static_cast<uint64_t>(number);
  }
  return faults;
}

}  // namespace gridstride::emulation
