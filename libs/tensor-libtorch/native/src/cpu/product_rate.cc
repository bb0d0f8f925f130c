#include "product_rate.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <sstream>

#include "vector_loops.h"

namespace rerank {
namespace {

constexpr int kCalls = 5;
constexpr int64_t kRows = 512, kColumns = 1024;
constexpr int64_t kRepeats = 300'000;

std::string Ask(const char* function) {
  using Answer = char* (*)();
  const auto ask = reinterpret_cast<Answer>(::dlsym(RTLD_DEFAULT, function));
  return ask == nullptr ? "" : ask();
}

}  // namespace

double BestRate(double operations, const std::function<void()>& call) {
  call();
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kCalls; ++i) {
    const auto started = std::chrono::steady_clock::now();
    call();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  }
  return operations / best / 1e9;
}

double MeasureProduct(at::ScalarType type) {
  c10::InferenceMode guard;
  const at::Tensor x = at::ones({kRows, kColumns}, type), weight = at::ones({kColumns, kColumns}, type);
  at::Tensor out = at::empty({kRows, kColumns}, type);
  return BestRate(2.0 * kRows * kColumns * kColumns, [&] { at::mm_out(out, x, weight.t()); });
}

double MeasureVectorUnits() {
  const VectorLoops& loops = Loops();
  const int64_t threads = at::get_num_threads();
  std::atomic<float> last{0};  // What is computed must be used, or it is left out.
  return BestRate(2.0 * threads * kRepeats * loops.multiply_adds, [&] {
    at::parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) last = loops.multiply_add(kRepeats);
    });
  });
}

Blas DescribeBlas() {
  Blas blas;
  std::istringstream configuration(Ask("openblas_get_config"));  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
  if (configuration >> blas.name >> blas.version) {
    blas.kernels = Ask("openblas_get_corename");
    return blas;
  }
  const std::string mkl = at::get_mkl_version();  // "… Math Kernel Library Version 2024.2-Product Build …"
  const std::string before = "Version ";
  const size_t at = mkl.find(before);
  if (at == std::string::npos) return {};
  const size_t begin = at + before.size();
  return {"MKL", mkl.substr(begin, mkl.find_first_of("- ", begin) - begin), ""};
}

}  // namespace rerank
