// The parts of libcuda and libnvrtc that the addon calls, for kernels that run on the CPU: what is tested is the text of the kernels
// and all that launches them. KERNELS is their text as emulate-kernels.mjs rewrites it.
#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "numbers.h"
#include "threads.h"
#include "warps.h"

namespace bfloat16 {
#define ELEMENT_BITS 16
#define ELEMENT_BFLOAT 1
#include KERNELS
#undef ELEMENT_BFLOAT
}  // namespace bfloat16
namespace float16 {
#define ELEMENT_BFLOAT 0
#include KERNELS
#undef ELEMENT_BITS
}  // namespace float16
namespace float32 {
#define ELEMENT_BITS 32
#include KERNELS
}  // namespace float32

namespace {

using Kernel = std::function<void(void** arguments)>;
using Module = std::map<std::string, Kernel>;

template <typename... Arguments, size_t... Places>
Kernel Unpacked(void (*kernel)(Arguments...), std::index_sequence<Places...>) {
  return [kernel](void** arguments) {
    kernel(*static_cast<std::tuple_element_t<Places, std::tuple<Arguments...>>*>(arguments[Places])...);
  };
}

template <typename... Arguments>
Kernel Unpacked(void (*kernel)(Arguments...)) {
  return Unpacked(kernel, std::index_sequence_for<Arguments...>());
}

#define KERNELS_OF(format)                                                                                       \
  {"add_rms_norm", Unpacked(format::add_rms_norm)}, {"norm_and_rotate", Unpacked(format::norm_and_rotate)},     \
  {"norm_and_rotate_wide", Unpacked(format::norm_and_rotate_wide)}, {"swiglu", Unpacked(format::swiglu)},       \
  {"gather_rows", Unpacked(format::gather_rows)}, {"quantise_rows", Unpacked(format::quantise_rows)},           \
  {"add_rms_norm_quantise", Unpacked(format::add_rms_norm_quantise)},                                           \
  {"swiglu_quantise", Unpacked(format::swiglu_quantise)}
#define KERNELS_IN_16_BITS(format) \
  {"attend_64", Unpacked(format::attend_64)}, {"attend_128", Unpacked(format::attend_128)}

std::map<std::string, Module> modules = {
    {"16 1", {KERNELS_OF(bfloat16), KERNELS_IN_16_BITS(bfloat16)}},
    {"16 0", {KERNELS_OF(float16), KERNELS_IN_16_BITS(float16)}},
    {"32 0", {KERNELS_OF(float32)}}};

// Those that the environment names lie, or fail: what a device is tested for when it is opened.
Kernel does_nothing = [](void**) {};
Kernel fails;

bool IsNamed(const char* variable, const std::string& kernel) {
  const char* names = std::getenv(variable);
  return names != nullptr && ("," + std::string(names) + ",").find("," + kernel + ",") != std::string::npos;
}

std::string ValueOf(const char* option) { return std::string(option).substr(std::string(option).find('=') + 1); }

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int cuInit(unsigned) { return 0; }
EXPORT int cuDeviceGetCount(int* count) { return *count = 0; }
EXPORT int cuDeviceGet(int*, int) { return 1; }
EXPORT int cuDeviceGetName(char*, int, int) { return 1; }
EXPORT int cuDeviceGetAttribute(int*, int, int) { return 1; }
EXPORT int cuMemGetInfo_v2(size_t* free_bytes, size_t* all_bytes) {
  const char* free = std::getenv("EMULATION_FREE_BYTES");
  *all_bytes = size_t{1} << 33;
  *free_bytes = free == nullptr ? *all_bytes : std::stoull(free);
  return 0;
}
EXPORT int cuModuleUnload(void*) { return 0; }
EXPORT int cuGetErrorString(int, const char** text) {
  *text = "the emulator does not know it";
  return 0;
}
/// An image is the format in words. The code of a real compiler is none.
EXPORT int cuModuleLoadData(void** module, const void* image) {
  const auto found = modules.find(std::string(static_cast<const char*>(image), 4));
  if (found == modules.end()) return 1;
  *module = &found->second;
  return 0;
}
EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
  auto& kernels = *static_cast<Module*>(module);
  if (kernels.count(name) == 0) return 1;
  *function = IsNamed("EMULATION_LIES", name) ? &does_nothing : IsNamed("EMULATION_FAILS", name) ? &fails : &kernels.at(name);
  return 0;
}
EXPORT int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned, unsigned,
                          unsigned, void*, void** arguments, void**) {
  if (function == &fails) return 1;
  blockDim.x = block_x;
  for (blockIdx.z = 0; blockIdx.z < grid_z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < grid_y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < grid_x; ++blockIdx.x) {
        emulator::RunBlock(block_x, [&] { (*static_cast<Kernel*>(function))(arguments); });
      }
    }
  }
  return 0;
}

EXPORT int nvrtcVersion(int* major, int* minor) { return *major = *minor = 0; }
EXPORT int nvrtcCreateProgram(void** program, const char*, const char*, int, const char* const*, const char* const*) {
  *program = new std::string;
  return 0;
}
EXPORT int nvrtcCompileProgram(void* program, int, const char* const* options) {
  *static_cast<std::string*>(program) = ValueOf(options[0]) + " " + ValueOf(options[1]);
  return 0;
}
EXPORT int nvrtcDestroyProgram(void** program) {
  delete static_cast<std::string*>(*program);
  return 0;
}
EXPORT int nvrtcGetProgramLogSize(void*, size_t* size) { return *size = 0, 0; }
EXPORT int nvrtcGetProgramLog(void*, char*) { return 0; }
EXPORT int nvrtcGetCUBINSize(void* program, size_t* size) { return *size = static_cast<std::string*>(program)->size(), 0; }
EXPORT int nvrtcGetCUBIN(void* program, char* code) {
  const auto& image = *static_cast<std::string*>(program);
  std::copy(image.begin(), image.end(), code);
  return 0;
}
