// What the emulated devices are told to get wrong, by GRIDSTRIDE_EMULATION: words and counts separated by commas.
#pragma once

#include <cstdint>
#include <string>

namespace gridstride::emulation {

struct Faults {
  // no_driver, old_driver, no_device, broken_device (the first cannot be asked) as they say; real: the devices do not
  // call themselves an emulation.
  bool no_driver = false, old_driver = false, no_device = false, broken_device = false, real = false;
  int64_t memory = int64_t{4} << 30;  // bytes of each device
  int64_t refused_launch = 0;         // this kernel launch is refused, counted from 1
  int64_t lost_launch = 0;            // the device is lost while this launch runs
  uint64_t seed = 1;                  // of the order in which streams take turns
};

// Words it does not know are ignored: the text may be for a newer build.
Faults parse_faults(const std::string& text);

}  // namespace gridstride::emulation
