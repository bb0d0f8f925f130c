// How fast products are here, and which library computes them: what says that a library took kernels below the processor.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace rerank {

/// Billions of operations a second, of the best of a few calls; the first is left out, for kernels may be built in it.
double BestRate(double operations, const std::function<void()>& call);

/// The product x [512, 1024] · weight [1024, 1024]ᵀ in this type on all threads of the caller's team, in GFLOP/s: a few milliseconds.
double MeasureProduct(at::ScalarType type);

/// What the vector registers of all threads multiply and add in float32 at once, in GFLOP/s: no float32 product without matrix
/// units is faster.
double MeasureVectorUnits();

/// The library behind float32 products. `name` is empty where it is not known; `kernels` where the library does not tell.
struct Blas {
  std::string name;
  std::string version;
  std::string kernels;
};

Blas DescribeBlas();

}  // namespace rerank
