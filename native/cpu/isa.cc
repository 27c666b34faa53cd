#include "native/cpu/isa.h"

#include "native/core/error.h"
#include "native/cpu/features.h"

namespace gridstride::cpu {

namespace {

// AdvSIMD is part of every aarch64: its baseline goes by that name.
#if defined(__aarch64__)
constexpr const char *kBaseline = "neon", *kForeignBaseline = "baseline";
#else
constexpr const char *kBaseline = "baseline", *kForeignBaseline = "neon";
#endif

struct NamedSet {
  const char* name;
  InstructionSet set;
};
// Worst first. Sets of the other architecture are here, too: their twins run.
constexpr NamedSet kSets[] = {
    {"reference", {Isa::reference}},
    {"baseline", {Isa::baseline}},
    {"neon", {Isa::baseline}},
    {"avx2", {Isa::avx2}},
    {"avx512", {Isa::avx512}},
    {"avx512-vnni", {Isa::avx512, Dot::avx512_vnni}},
    {"avx512-bf16", {Isa::avx512, Dot::avx512_bf16}},
    {"amx-bf16", {Isa::avx512, Dot::amx_bf16}},
    {"amx-int8", {Isa::avx512, Dot::amx_int8}},
    {"neon-bf16", {Isa::baseline, Dot::neon_bf16}},
};

constexpr const char* kTwin = ":plain";

bool is_available(const NamedSet& each) {
  return std::string(each.name) != kForeignBaseline && machine_has(each.set.isa) && machine_has(each.set.dot);
}

[[noreturn]] void refuse(const std::string& where, const std::string& rule, const std::string& name) {
  throw Error(ErrorCode::kDevice, where + ": the set must be " + rule + ", got " + name);
}

std::string all_names() {
  std::string names;
  for (const NamedSet& each : kSets) names += std::string(each.name) + ", ";
  return names;
}

}  // namespace

const char* isa_name(Isa isa) {
  constexpr const char* names[] = {"reference", kBaseline, "avx2", "avx512"};
  return names[static_cast<int>(isa)];
}

std::string set_name(const InstructionSet& set) {
  if (set.dot == Dot::none) return isa_name(set.isa);
  std::string name;
  for (const NamedSet& each : kSets)
    if (each.set.dot == set.dot) name = each.name;
  return set.is_plain ? name + kTwin : name;
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (Isa isa : {Isa::reference, Isa::baseline, Isa::avx2, Isa::avx512})
    if (machine_has(isa)) found.push_back(isa);
  return found;
}

std::vector<InstructionSet> available_sets() {
  std::vector<InstructionSet> found;
  for (const NamedSet& each : kSets)
    if (is_available(each)) found.push_back(each.set);
  return found;
}

InstructionSet best_set() {
  InstructionSet best;
  for (const InstructionSet& set : available_sets())
    if (is_faster_than_f32(set.dot)) best = set;
  return best;
}
Isa best_isa() { return available_isas().back(); }

std::vector<InstructionSet> plain_sets() {
  std::vector<InstructionSet> found;
  for (const NamedSet& each : kSets)
    if (each.set.dot != Dot::none) found.push_back({best_isa(), each.set.dot, true});
  return found;
}

InstructionSet parse_set(const std::string& where, const std::string& name) {
  const size_t end = name.find(kTwin);
  const bool is_plain = end != std::string::npos && name.substr(end) == kTwin;
  const std::string base = is_plain ? name.substr(0, end) : name;
  for (const NamedSet& each : kSets) {
    if (base != each.name) continue;
    const bool has_twin = each.set.dot != Dot::none;
    if (is_plain && has_twin) return {best_isa(), each.set.dot, true};
    if (is_plain) refuse(where, "one with products of its own to have a twin", name);
    if (is_available(each)) return each.set;
    refuse(where, has_twin ? "one this machine has (" + base + kTwin + " runs on any)" : "one this machine has", name);
  }
  refuse(where, all_names() + "or one with products of its own with :plain appended", name);
}

}  // namespace gridstride::cpu
