// What the library's kernels move. Memory-bound ones on rows of BERT's size, against the bytes that a pass must move:
// its inputs and outputs once; and tiles of GEMM and attention, whose copies and ldmatrix must not meet in a bank. Only
// the race build sees all accesses to global memory.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <new>

#include "kernels/attention/attention.h"
#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/binary.h"
#include "kernels/elementwise/cast.h"
#include "kernels/gemm/matmul.h"
#include "kernels/layout/copy.h"
#include "kernels/loss/cross_entropy.h"
#include "kernels/loss/softmax.h"
#include "kernels/norm/layer_norm.h"
#include "kernels/norm/rms_norm.h"
#include "kernels/optim/adamw.h"
#include "kernels/random/dropout.h"
#include "native/emulation/race/detector.h"
#include "native/emulation/traffic/traffic.h"
#include "test/kernels/emulated_run.h"
