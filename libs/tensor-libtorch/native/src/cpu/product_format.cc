#include "product_format.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <vector>

#include "cpu_isa.h"
#include "../errors.h"
#include "packed_weight.h"
#include "product_loops.h"
#include "product_rate.h"

namespace rerank {
namespace {

constexpr int64_t kRows = 512;
constexpr int64_t kWidth = 1024;
constexpr double kAutoGain = 1.5;  // a format that changes scores has to pay for it
constexpr double kBf16Gain = 1.0;  // what it saves besides is half of the memory
constexpr double kInt8Gain = 1.2;

double PackedRate(Format format) {
  const std::vector<float> ones(kRows * kWidth, 1.0f);
  PackedWeight weight(format, kWidth, kWidth);
  for (int64_t row = 0; row < kWidth; row += kRows) weight.Pack(row, kRows, ones.data());
  const int64_t stride = StrideFor(format, kWidth);
  const at::Tensor memory = at::empty({kRows * stride * BytesOf(format)}, at::kByte);
  std::vector<float> scales(kRows), sums(kRows * kWidth);
  const Rows x{memory.data_ptr(), format, kRows, kWidth, stride, scales.data()};
  WriteRows({const_cast<float*>(ones.data()), kRows, kWidth, kWidth}, x);
  const Rows out{sums.data(), Format::kF32, kRows, kWidth, kWidth};
  return BestRate(2.0 * kRows * kWidth * kWidth, [&] { weight.Multiply(x, out); });
}

// GFLOP/s of the product [512, 1024] x [1024, 1024].
double RateOf(Format format) {
  const c10::InferenceMode guard;
  return format == Format::kF32 ? MeasureProduct(at::kFloat) : PackedRate(format);
}

std::string Figure(double rate) { return std::to_string(static_cast<int64_t>(std::llround(rate))) + " GFLOP/s"; }

// ThreadSanitizer slows these loops and not those of a library: rates say nothing, and the format that was asked for is tried.
#ifdef __SANITIZE_THREAD__
constexpr bool kRatesCount = false;
#else
constexpr bool kRatesCount = true;
#endif

}  // namespace

FormatChoice ChooseFormat(const std::string& dtype) {
  if (dtype == "f32") return {};
  if (dtype != "auto" && dtype != "bf16" && dtype != "int8") {
    throw InvalidArgument("DTYPE must be auto, f32, bf16 or int8 on the CPU, got " + dtype);
  }
  const Format format = dtype == "int8" ? Format::kInt8 : Format::kBf16;
  const double gain = dtype == "auto" ? kAutoGain : format == Format::kInt8 ? kInt8Gain : kBf16Gain;
  const double floats = RateOf(Format::kF32), packed = RateOf(format);
  const std::string bits = format == Format::kInt8 && int8_range().levels < 127 ? " in 7 bits" : "";
  const std::string measured = std::string(NameOf(format)) + bits + " " + Figure(packed) + ", f32 " + Figure(floats) + ", with " +
                               NameOf(cpu_isa()) + (amx_because().empty() ? "" : "; not with AMX: " + amx_because());
  if (!kRatesCount || packed >= gain * floats) {
    const bool bf16_pays = format == Format::kBf16 || RateOf(Format::kBf16) >= kBf16Gain * floats;
    return {format, bf16_pays ? Format::kBf16 : Format::kF32, measured};
  }
  if (dtype == "auto") return {Format::kF32, Format::kF32, measured};
  throw InvalidArgument("DTYPE=" + dtype + " does not pay on this processor (" + measured + "): set DTYPE=f32 or auto");
}

}  // namespace rerank
