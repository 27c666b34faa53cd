// Unicode's normal forms (UAX 15) as a step: NFC, NFD, NFKC, NFKD.
#pragma once

#include "native/text/normalizers/step.h"

namespace gridstride::text {

class FormStep : public NormalizerStep {
 public:
  // `is_compatible`: the K of the name; `composes`: its C.
  FormStep(bool is_compatible, bool composes) : is_compatible_(is_compatible), composes_(composes) {}
  void apply(const Section& section) const override;

 private:
  struct Part;
  void take_apart(std::span<const Char> text, std::vector<Part>& parts) const;
  static void compose(std::vector<Part>& parts);

  bool is_compatible_;
  bool composes_;
};

}  // namespace gridstride::text
