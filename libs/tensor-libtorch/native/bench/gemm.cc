// What the BLAS behind libtorch reaches on the multiplications of Qwen3-Reranker-0.6B, called without libtorch where its
// sgemm can be found (Debian's OpenBLAS), else through at::mm (a BLAS that is linked into libtorch). One line per shape.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using Sgemm = void (*)(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
                       const float*, const int*, const float*, float*, const int*);

constexpr int kRepeats = 15;

struct Shape {
  const char* name;
  int outputs;
  int inputs;
};

constexpr Shape kShapes[] = {{"qkv", 4096, 1024}, {"output", 1024, 2048}, {"gate and up", 6144, 1024}, {"down", 1024, 3072}};

// out [rows, outputs] = x [rows, inputs] * weight [outputs, inputs]^T, in the column-major terms of BLAS.
void Multiply(Sgemm sgemm, const at::Tensor& x, const at::Tensor& weight, at::Tensor& out) {
  if (sgemm == nullptr) {
    at::mm_out(out, x, weight.t());
    return;
  }
  const int rows = static_cast<int>(x.size(0)), inputs = static_cast<int>(x.size(1)), outputs = static_cast<int>(weight.size(0));
  const float one = 1, zero = 0;
  sgemm("T", "N", &outputs, &rows, &inputs, &one, static_cast<const float*>(weight.data_ptr()), &inputs,
        static_cast<const float*>(x.data_ptr()), &inputs, &zero, static_cast<float*>(out.data_ptr()), &outputs);
}

double BestSeconds(Sgemm sgemm, const Shape& shape, int rows) {
  const at::Tensor x = at::ones({rows, shape.inputs}), weight = at::ones({shape.outputs, shape.inputs});
  at::Tensor out = at::empty({rows, shape.outputs});
  double best = 1e9;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto started = std::chrono::steady_clock::now();
    Multiply(sgemm, x, weight, out);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  }
  return best;
}

}  // namespace

// gemm_bench THREADS ROWS
int main(int count, char** arguments) {
  c10::InferenceMode guard;
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  const int rows = count > 2 ? std::atoi(arguments[2]) : 1190;
  at::set_num_threads(threads);
  if (auto set = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
  const auto sgemm = reinterpret_cast<Sgemm>(::dlsym(RTLD_DEFAULT, "sgemm_"));
  for (const Shape& shape : kShapes) {
    const double operations = 2.0 * rows * shape.outputs * shape.inputs;
    std::printf("| %d | %s | %s | %d x %d x %d | %.0f |\n", threads, sgemm == nullptr ? "at::mm" : "sgemm", shape.name, rows,
                shape.inputs, shape.outputs, operations / BestSeconds(sgemm, shape, rows) / 1e9);
  }
}
